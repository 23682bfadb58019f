#include "desist/pool.hpp"

#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "context/saturate.hpp"

// One Seat is one thread's place: its jthread and the mailbox through which it gets its jobs. Each thread
// waits on a condition of its own, so a spawn on an idle thread wakes that thread and no other.
//
// 1. A seat is in exactly one of three states: busy (in `seats`), idle (in `seats` and in `idle`), ended (in
// `ended`).
// 2. A spawn takes the newest idle seat: its stack and caches are warm, and the oldest get to time out.
// 3. A thread ends by itself only: it moves its own seat to `ended`, and joins the one that it finds there.
// So no
//    more than one ended thread ever waits to be joined, whatever came and went; the destructor joins the
//    last.
// 4. A jthread's stop token says one thing: the pool closes. Only idle threads look at it.
// 5. A mailbox is shared: who drops a job into it wakes the thread after unlocking, and by then the job may
// have run
//    and the seat be gone.
//
// Lock order: Impl::mutex before Mailbox::mutex. No lock is held while a job runs or a thread is joined.

namespace desist {
namespace {

struct Mailbox {
  std::mutex mutex;              // guards `job`, and holds a new thread back until its Seat is complete
  std::condition_variable wake;  // a job has come, or the pool closes
  std::function<void()> job;
};

struct Seat {
  const std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
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
  void serve(Seat& seat, const std::stop_token& pool_closes);
  [[nodiscard]] std::function<void()> next_job(Seat& seat, const std::stop_token& pool_closes);
  enum class Next { wait, end };
  [[nodiscard]] Next after_job(Seat& seat);
  [[nodiscard]] bool leave_idle(Seat& seat);
  void end(Seat& seat);
};

Result<void> Pool::Impl::spawn(std::function<void()> job) {
  std::unique_lock lock(mutex);
  if (Seat* seat = idle.newest(); seat != nullptr) {
    idle.remove(*seat);
    const std::shared_ptr<Mailbox> mailbox = seat->mailbox;
    lock.unlock();
    {
      const std::lock_guard mail(mailbox->mutex);
      mailbox->job = std::move(job);
    }
    mailbox->wake.notify_one();
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
    const std::lock_guard mail(seat->mailbox->mutex);
    seat->mailbox->job = std::move(job);
    seat->thread = std::jthread([this, &where = *seat](const std::stop_token& stop) { serve(where, stop); });
    return {};
  } catch (const std::exception& error) {
    std::list<Seat> unused;
    const std::lock_guard lock(mutex);
    unused.splice(unused.end(), seats, seat);
    if (closing && seats.empty()) empty.notify_all();
    return failure(ErrorCode::overloaded, std::string("no thread to be had: ") + error.what());
  }
}

void Pool::Impl::serve(Seat& seat, const std::stop_token& pool_closes) {
  while (std::function<void()> job = next_job(seat, pool_closes)) {
    job();
    job = nullptr;  // what it captured goes before the thread counts as free
    if (after_job(seat) == Next::end) return;
  }
}

/// Waits for a job. Empty where the seat has ended instead.
std::function<void()> Pool::Impl::next_job(Seat& seat, const std::stop_token& pool_closes) {
  Mailbox& mailbox = *seat.mailbox;
  std::unique_lock mail(mailbox.mutex);
  mailbox.wake.wait_until(mail, after(options.idle_for),
                          [&] { return mailbox.job != nullptr || pool_closes.stop_requested(); });
  if (mailbox.job == nullptr) {
    mail.unlock();
    if (leave_idle(seat)) return {};
    mail.lock();  // a spawn took this seat in the meantime: its job is on the way
    mailbox.wake.wait(mail, [&] { return mailbox.job != nullptr; });
  }
  return std::exchange(mailbox.job, nullptr);
}

Pool::Impl::Next Pool::Impl::after_job(Seat& seat) {
  {
    const std::lock_guard lock(mutex);
    if (!closing && idle.size() < options.max_idle) {
      idle.add(seat);
      return Next::wait;
    }
  }
  end(seat);
  return Next::end;
}

/// Ends a seat that is still idle; false where a spawn has taken it.
bool Pool::Impl::leave_idle(Seat& seat) {
  {
    const std::lock_guard lock(mutex);
    if (!seat.idle) return false;
    idle.remove(seat);
  }
  end(seat);
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
    for (Seat* seat = idle.newest(); seat != nullptr; seat = seat->older) {
      const std::lock_guard mail(seat->mailbox->mutex);
      seat->thread.request_stop();
      seat->mailbox->wake.notify_one();
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
