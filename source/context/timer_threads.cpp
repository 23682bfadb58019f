/// How deadlines find a thread.
///
/// 1. At most one thread, the leader, waits for the wheel. When something is due, it gives the lead away
///    *before* it calls anything: to the spare thread, or to a new one. So a function that blocks holds up
///    its own thread alone.
/// 2. The threads that fire share the due list, so a burst wakes nobody else. Only when the list has not
///    moved for a millisecond does the leader write those threads off as blocked and go to work on it itself,
///    having given the lead away. So a blocked function delays what was due with it by a millisecond, and
///    what comes later not at all.
/// 3. While something is armed, one spare is kept beside the leader, no more and no less: what comes back
///    from firing and finds both ends.
/// 4. Arming wakes the leader only where the new time lies before its next wake-up; disarming only where
///    nothing is left armed and it would sleep for long. With nothing armed the leader lingers for a moment,
///    then ends, and the spare after it: an idle process has no timer thread and no wake-ups. The next
///    arming starts one.
/// 5. A thread that ends puts its handle on ended_; whoever makes the next one, or the end of the process,
///    joins it. Nothing fires after that end has begun, but arming and disarming go on working.
///
/// Lock order: a tree's lock, then mutex_. Under mutex_ nothing else is locked; `pin` only counts a
/// reference. All signals are blocked on timer threads: handlers are for the threads of the application.

#include "context/timer_threads.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <new>

#include <pthread.h>

namespace desist::detail {
namespace {

constexpr unsigned tick_bits = 18;  // a tick is 2^18 ns, about a quarter of a millisecond
constexpr std::size_t cascade_batch = 256;
constexpr Wheel::Tick last_tick = (std::uint64_t{1} << (63 - tick_bits)) - 1;  // that a TimePoint can hold
constexpr Wheel::Tick stall = 4;                                               // ticks: a millisecond
constexpr Wheel::Tick linger = 800;  // ticks: two tenths of a second

std::uint64_t nanoseconds(TimePoint at) noexcept {
  const auto count = std::chrono::duration_cast<std::chrono::nanoseconds>(at.time_since_epoch()).count();
  return count < 0 ? 0 : static_cast<std::uint64_t>(count);
}

Wheel::Tick now_tick() noexcept {
  return nanoseconds(Clock::now()) >> tick_bits;
}

/// Blocks every signal on this thread, and so on the threads that it makes, until its end.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

/// Joins the threads when the process ends; made after, and so destroyed before, any static object that was
/// complete when the first timer was armed.
struct TimerThreads::Joiner {
  explicit Joiner(TimerThreads& s) noexcept : service(s) {}
  Joiner(const Joiner&) = delete;
  Joiner& operator=(const Joiner&) = delete;
  ~Joiner() { service.join_all(); }

  TimerThreads& service;
};

TimerThreads& TimerThreads::instance() {
  alignas(TimerThreads) static std::byte storage[sizeof(TimerThreads)];
  static auto* const service = ::new (static_cast<void*>(storage)) TimerThreads;
  return *service;
}

// Rounded up, hence never early.
Wheel::Tick TimerThreads::tick_of(TimePoint at) noexcept {
  const Wheel::Tick tick = (nanoseconds(at) + ((std::uint64_t{1} << tick_bits) - 1)) >> tick_bits;
  return std::min(tick, last_tick);
}

bool TimerThreads::arm(TimerEntry& entry, TimePoint at) noexcept {
  const Wheel::Tick tick = tick_of(at);
  bool wake = false;
  bool none = false;
  {
    const std::lock_guard lock(mutex_);
    wheel_.remove(entry);
    wheel_.insert(entry, tick);
    none = threads_.empty() && !closing_;
    wake = tick < sleeps_until_;
    if (wake) sleeps_until_ = 0;
  }
  if (wake) leader_wakes_.notify_one();
  return none;
}

bool TimerThreads::disarm(TimerEntry& entry) noexcept {
  bool was_armed = false;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    was_armed = wheel_.remove(entry);
    wake = sleeps_long_ && wheel_.size() == 0;
    if (wake) {
      sleeps_long_ = false;
      sleeps_until_ = 0;
    }
  }
  if (wake) leader_wakes_.notify_one();
  return was_armed;
}

void TimerThreads::start() {
  static const Joiner joiner(*this);
  Lock lock(mutex_);
  if (threads_.empty() && !closing_) spawn(lock);
}

std::size_t TimerThreads::armed() {
  const std::lock_guard lock(mutex_);
  return wheel_.size();
}

// The handle is assigned before mutex_ is released, and the new thread begins by taking mutex_.
void TimerThreads::spawn(Lock& lock) {
  Threads made(1);
  const auto self = made.begin();
  {
    const SignalsBlocked blocked;
    *self = std::thread([this, self] { serve(self); });
  }
  threads_.splice(threads_.end(), made);
  Threads joinable = std::move(ended_);
  ended_.clear();
  lock.unlock();
  for (std::thread& thread : joinable) thread.join();
  lock.lock();
}

void TimerThreads::serve(Threads::iterator self) noexcept {
  pthread_setname_np(pthread_self(), "desist-timer");
  Lock lock(mutex_);
  while (!closing_) {
    if (!leading_) {
      leading_ = true;
      const Found found = lead(lock);
      leading_ = false;
      if (found == Found::idle) break;
      hand_over(lock);
      fire_due(lock);
    } else if (spares_ == 0) {
      ++spares_;
      spare_wakes_.wait(lock, [this] { return !leading_ || closing_; });
      --spares_;
    } else {
      break;
    }
  }
  ended_.splice(ended_.end(), threads_, self);
  spare_wakes_.notify_one();
  all_ended_.notify_one();
}

// Waits until there is something to fire for which no other thread is free, or until nothing has been armed
// for long.
TimerThreads::Found TimerThreads::lead(Lock& lock) {
  bool lingered = false;
  while (!closing_) {
    const Wheel::Tick now = now_tick();
    if (!wheel_.advance(now, cascade_batch)) {
      lock.unlock();  // others get a turn between batches
      lock.lock();
    } else if (wheel_.has_due()) {
      if (firing_ == 0) return Found::due;
      const std::uint64_t before = fired_;
      sleep_until(lock, now + stall);
      if (wheel_.has_due() && fired_ == before) {
        firing_ = 0;
        ++round_;
        return Found::due;
      }
    } else if (const auto next = wheel_.next()) {
      lingered = false;
      if (threads_.size() == 1 && add_thread(lock)) continue;
      sleeps_long_ = *next > now + linger;
      sleep_until(lock, *next);
    } else {
      if (lingered) return Found::idle;
      sleep_until(lock, now + linger);
      lingered = wheel_.size() == 0 && now_tick() >= now + linger;
    }
  }
  return Found::idle;
}

void TimerThreads::sleep_until(Lock& lock, Wheel::Tick tick) {
  sleeps_until_ = tick;
  leader_wakes_.wait_until(lock, TimePoint(std::chrono::nanoseconds(tick << tick_bits)));
  sleeps_until_ = 0;
  sleeps_long_ = false;
}

void TimerThreads::hand_over(Lock& lock) noexcept {
  if (spares_ > 0) {
    spare_wakes_.notify_one();
  } else {
    add_thread(lock);
  }
}

// Where no thread can be had, the one that is there fires first and then comes back to lead: late, but
// nothing is lost.
bool TimerThreads::add_thread(Lock& lock) noexcept {
  try {
    spawn(lock);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void TimerThreads::fire_due(Lock& lock) {
  std::uint64_t round = round_;
  ++firing_;
  while (TimerEntry* const entry = wheel_.take_due()) {
    ++fired_;
    entry->pin();
    lock.unlock();
    entry->fire();
    lock.lock();
    if (round != round_) {  // written off as blocked meanwhile, and back now
      round = round_;
      ++firing_;
    }
    if (closing_) break;
  }
  --firing_;
}

// A function that ends the process from a timer thread is not waited for: that thread cannot wait for
// itself.
void TimerThreads::join_all() {
  Lock lock(mutex_);
  closing_ = true;
  leader_wakes_.notify_all();
  spare_wakes_.notify_all();
  const auto self = std::this_thread::get_id();
  const auto is_self = [self](const std::thread& thread) { return thread.get_id() == self; };
  all_ended_.wait(lock, [&] { return std::all_of(threads_.begin(), threads_.end(), is_self); });
  Threads joinable = std::move(ended_);
  ended_.clear();
  lock.unlock();
  for (std::thread& thread : joinable) thread.join();
}

}  // namespace desist::detail
