#include "context/timer.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "context/timer_threads.hpp"

namespace desist {

// Counted: the Timer holds one reference, and every entry into `fire` another, so that a function may
// destroy its own Timer. Lock order: mutex, then the lock of TimerThreads.
struct Timer::State final : detail::TimerEntry {
  explicit State(std::function<void()> f) : function(std::move(f)) {}

  void pin() noexcept override { references.fetch_add(1, std::memory_order_relaxed); }

  // Between `pin` and here the timer may have been disarmed or armed anew: `wanted` and `at` decide.
  void fire() noexcept override {
    std::unique_lock lock(mutex);
    while (wanted && !running && at <= Clock::now()) {
      wanted = false;
      running = true;
      runner = std::this_thread::get_id();
      lock.unlock();
      function();
      lock.lock();
      running = false;
      returned.notify_all();
    }
    lock.unlock();
    release();
  }

  void release() noexcept {
    if (references.fetch_sub(1, std::memory_order_acq_rel) == 1) std::unique_ptr<State>(this).reset();
  }

  const std::function<void()> function;
  std::atomic<std::uint32_t> references{1};

  std::mutex mutex;  // guards all below
  std::condition_variable returned;
  TimePoint at;
  bool wanted = false;   // armed, and not yet called for
  bool running = false;  // a call is under way; no second one begins
  std::thread::id runner;
};

Timer::Timer(std::function<void()> function)
    : state_(std::make_unique<State>(std::move(function)).release()) {}

Timer::~Timer() {
  disarm();
  {
    std::unique_lock lock(state_->mutex);
    if (state_->runner != std::this_thread::get_id()) {
      state_->returned.wait(lock, [this] { return !state_->running; });
    }
  }
  state_->release();
}

void Timer::arm(TimePoint at) {
  auto& threads = detail::TimerThreads::instance();
  bool start = false;
  {
    const std::lock_guard lock(state_->mutex);
    state_->at = at;
    state_->wanted = true;
    start = threads.arm(*state_, at);
  }
  if (start) threads.start();
}

void Timer::disarm() noexcept {
  const std::lock_guard lock(state_->mutex);
  state_->wanted = false;
  detail::TimerThreads::instance().disarm(*state_);
}

std::size_t armed_timers() noexcept {
  return detail::TimerThreads::instance().armed();
}

}  // namespace desist
