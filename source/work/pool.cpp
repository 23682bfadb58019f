#include "desist/pool.hpp"

#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "desist/parker.hpp"

#include "context/saturate.hpp"

// One Seat is one thread's place: its jthread, and where it sleeps and gets its jobs.
//
// 1. A seat is in exactly one of three states: busy (in `seats`), idle (in `seats` and in `idle`), ended
//    (in `ended`).
// 2. An idle seat is taken under the lock, and unparked once for that: with a job by a spawn, which takes
//    the newest, since its stack and caches are warm and the oldest get to time out; without one by the pool
//    that closes. Who has taken it writes `job` before, and touches nothing of it after: it may be gone.
// 3. A thread ends by itself only: it moves its own seat to `ended`, and joins the one that it finds there.
//    So no more than one ended thread ever waits to be joined, whatever came and went; the destructor joins
//    the last.
//
// No lock is held while a job runs or a thread is joined.

namespace desist {
namespace {

struct Seat {
  detail::Parker parker;
  std::function<void()> job;
  std::jthread thread;

  // Guarded by the pool's mutex.
  std::list<Seat>::iterator self;
  Seat* newer = nullptr;
  Seat* older = nullptr;
  bool idle = false;
};

/// The idle seats, the newest first.
class IdleList {
 public:
  void add(Seat& seat) noexcept {
    seat.idle = true;
    seat.older = newest_;
    if (newest_ != nullptr) newest_->newer = &seat;
    newest_ = &seat;
    ++size_;
  }
  void remove(Seat& seat) noexcept {
    if (seat.newer != nullptr) seat.newer->older = seat.older;
    if (seat.older != nullptr) seat.older->newer = seat.newer;
    if (newest_ == &seat) newest_ = seat.older;
    seat.newer = seat.older = nullptr;
    seat.idle = false;
    --size_;
  }
  [[nodiscard]] Seat* newest() const noexcept { return newest_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  Seat* newest_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

struct DESIST_HIDDEN Pool::Impl {
  explicit Impl(Options o) : options(o) {}

  Result<void> spawn(std::function<void()> job);
  void close();

  const Options options;
  std::mutex mutex;  // guards all below, and the lower half of each Seat
  std::list<Seat> seats;
  std::list<Seat> ended;
  IdleList idle;
  bool closing = false;
  std::condition_variable empty;  // `seats` has become empty while closing

 private:
  Result<void> spawn_thread(std::function<void()> job, std::list<Seat>::iterator seat);
  void serve(Seat& seat);
  [[nodiscard]] bool become_idle(Seat& seat);
  [[nodiscard]] bool await_job(Seat& seat);
  [[nodiscard]] bool leave_idle(Seat& seat);
  void end(Seat& seat);
};

Result<void> Pool::Impl::spawn(std::function<void()> job) {
  std::unique_lock lock(mutex);
  if (Seat* seat = idle.newest(); seat != nullptr) {
    idle.remove(*seat);
    lock.unlock();
    seat->job = std::move(job);
    seat->parker.unpark();
    return {};
  }
  if (seats.size() >= options.max_threads) {
    return failure(ErrorCode::overloaded, "all " + std::to_string(options.max_threads) + " threads are busy");
  }
  const auto seat = seats.emplace(seats.end());
  seat->self = seat;
  lock.unlock();
  return spawn_thread(std::move(job), seat);
}

Result<void> Pool::Impl::spawn_thread(std::function<void()> job, std::list<Seat>::iterator seat) {
  try {
    seat->job = std::move(job);
    seat->thread = std::jthread([this, &where = *seat] { serve(where); });
    seat->parker.unpark();  // it is complete now
    return {};
  } catch (const std::exception& error) {
    std::list<Seat> unused;
    const std::lock_guard lock(mutex);
    unused.splice(unused.end(), seats, seat);
    if (closing && seats.empty()) empty.notify_all();
    return failure(ErrorCode::overloaded, std::string("no thread to be had: ") + error.what());
  }
}

void Pool::Impl::serve(Seat& seat) {
  seat.parker.park();
  do {
    std::function<void()> job = std::exchange(seat.job, nullptr);
    if (job == nullptr) break;
    job();
    job = nullptr;  // what it captured goes before the thread counts as free
  } while (become_idle(seat) && await_job(seat));
  end(seat);
}

bool Pool::Impl::become_idle(Seat& seat) {
  const std::lock_guard lock(mutex);
  if (closing || idle.size() >= options.max_idle) return false;
  idle.add(seat);
  return true;
}

/// Sleeps until the seat is taken; false where it has left the idle ones by itself.
bool Pool::Impl::await_job(Seat& seat) {
  if (seat.parker.park_until(after(options.idle_for))) return true;
  if (leave_idle(seat)) return false;
  seat.parker.park();  // taken in the meantime: who has done that is about to unpark
  return true;
}

bool Pool::Impl::leave_idle(Seat& seat) {
  const std::lock_guard lock(mutex);
  if (!seat.idle) return false;
  idle.remove(seat);
  return true;
}

/// The last thing that a thread does.
void Pool::Impl::end(Seat& seat) {
  std::list<Seat> previous;  // joined at the end of this function
  const std::lock_guard lock(mutex);
  previous.swap(ended);
  ended.splice(ended.end(), seats, seat.self);
  if (closing && seats.empty()) empty.notify_all();
}

void Pool::Impl::close() {
  {
    std::unique_lock lock(mutex);
    closing = true;
    while (Seat* const seat = idle.newest()) {
      idle.remove(*seat);
      seat->parker.unpark();
    }
    empty.wait(lock, [this] { return seats.empty(); });
  }
  ended.clear();
}

Pool::Pool() : Pool(Options{}) {}
Pool::Pool(Options options) : impl_(std::make_unique<Impl>(options)) {}
Pool::~Pool() {
  impl_->close();
}

Result<void> Pool::spawn(std::function<void()> job) {
  return impl_->spawn(std::move(job));
}

std::size_t Pool::threads() const noexcept {
  const std::lock_guard lock(impl_->mutex);
  return impl_->seats.size();
}

std::size_t Pool::running() const noexcept {
  const std::lock_guard lock(impl_->mutex);
  return impl_->seats.size() - impl_->idle.size();
}

Pool& Pool::shared() {
  static Pool pool;
  return pool;
}

namespace keys {
constinit const Key<Pool*> pool{"pool"};
}  // namespace keys

Pool& pool_of(const Context& ctx) noexcept {
  Pool* const* pool = ctx.value(keys::pool);
  return pool != nullptr && *pool != nullptr ? **pool : Pool::shared();
}

}  // namespace desist
