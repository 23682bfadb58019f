#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "desist/semaphore.hpp"

#include "sources/sqlite_connection.hpp"

namespace desist::sqlite {

/// The connections of one source: at most `max_connections` at once, of which a few are kept when idle; the
/// one used last goes first. Thread-safe. Every lease ends before its pool does.
class ConnectionPool {
 public:
  struct GiveBack {
    ConnectionPool* pool;
    Semaphore::Permit permit;
    /// Closes what is not kept before its permit is free: there are never more connections in use than
    /// permits.
    void operator()(Connection* connection) noexcept {
      pool->keep_or_close(std::unique_ptr<Connection>(connection));
      permit.release();
    }
  };
  /// A connection in use. Its end gives the connection back, or closes it where it is not fit for the next
  /// query.
  using Lease = std::unique_ptr<Connection, GiveBack>;

  /// `options` must outlive the pool.
  explicit ConnectionPool(const Sqlite::Options& options);

  /// An idle connection or a new one; waits while all are in use. Errors: `cancelled`; those of opening.
  [[nodiscard]] Result<Lease> take(const Context& ctx);

 private:
  [[nodiscard]] std::unique_ptr<Connection> take_idle();
  void keep_or_close(std::unique_ptr<Connection> connection) noexcept;

  const Sqlite::Options& options_;
  Semaphore permits_;  // one a connection in use
  std::mutex mutex_;   // guards idle_
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace desist::sqlite
