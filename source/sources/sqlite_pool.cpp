#include "sources/sqlite_pool.hpp"

#include <utility>

#include "desist/worker.hpp"

namespace desist::sqlite {
namespace {

// An idle connection holds a descriptor and up to two megabytes of pages; making one costs a fraction of a
// millisecond.
constexpr std::size_t max_idle = 4;

}  // namespace

ConnectionPool::ConnectionPool(const Sqlite::Options& options)
    : options_(options), permits_(options.max_connections) {
  idle_.reserve(max_idle);  // so that keeping one never allocates
}

Result<ConnectionPool::Lease> ConnectionPool::take(const Context& ctx) {
  checkpoint("waiting for a connection");
  Result<Semaphore::Permit> permit = permits_.acquire(ctx);
  if (!permit) return tl::unexpected(std::move(permit.error()));
  std::unique_ptr<Connection> connection = take_idle();
  if (connection == nullptr) {
    checkpoint("opening");
    Result<std::unique_ptr<Connection>> opened = Connection::open(ctx, options_);
    if (!opened) return tl::unexpected(std::move(opened.error()));
    connection = std::move(*opened);
  }
  return Lease(connection.release(), GiveBack{this, std::move(*permit)});
}

std::unique_ptr<Connection> ConnectionPool::take_idle() {
  for (;;) {
    std::unique_ptr<Connection> connection;
    {
      const std::lock_guard lock(mutex_);
      if (idle_.empty()) return nullptr;
      connection = std::move(idle_.back());
      idle_.pop_back();
    }
    if (!connection->file_was_replaced()) return connection;
  }
}

void ConnectionPool::keep_or_close(std::unique_ptr<Connection> connection) noexcept {
  if (!connection->whole()) return;
  const std::lock_guard lock(mutex_);
  // One too many is closed after the lock has been released: parameters go last.
  if (idle_.size() < max_idle) idle_.push_back(std::move(connection));
}

}  // namespace desist::sqlite
