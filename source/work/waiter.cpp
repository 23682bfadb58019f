#include "desist/wait_any.hpp"

namespace desist {

// `claimed_` decides, once, who ends the wait. `woken_` says that this one has handed over and will not touch
// the Waiter again but to unlock it: `wait` returns no earlier, so a Waiter may live on the stack of the
// waiting thread. Only the alarm is claimed by the waiting thread itself.

bool Waiter::claim(std::size_t index) noexcept {
  std::size_t expected = nobody;
  return claimed_.compare_exchange_strong(expected, index, std::memory_order_acq_rel);
}

void Waiter::wake() noexcept {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  wakes_.notify_one();
}

void Waiter::wake_at(TimePoint at, std::size_t index) noexcept {
  if (at >= alarm_) return;
  alarm_ = at;
  alarm_index_ = index;
}

std::size_t Waiter::wait() noexcept {
  const auto woken = [this] { return woken_; };
  std::unique_lock lock(mutex_);
  if (alarm_ != TimePoint::max() && !wakes_.wait_until(lock, alarm_, woken) && claim(alarm_index_)) {
    return alarm_index_;
  }
  wakes_.wait(lock, woken);
  return claimed_.load(std::memory_order_acquire);
}

}  // namespace desist
