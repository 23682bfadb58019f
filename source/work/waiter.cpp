#include "desist/wait_any.hpp"

namespace desist {

// `claimed_` decides, once, who ends the wait. Only the alarm is claimed by the waiting thread itself;
// whoever else claims hands over and then unparks, and `wait` returns no earlier, so a Waiter may live on the
// stack of the waiting thread.

bool Waiter::claim(std::size_t index) noexcept {
  std::size_t expected = nobody;
  return claimed_.compare_exchange_strong(expected, index, std::memory_order_acq_rel);
}

void Waiter::wake() noexcept {
  parker_.unpark();
}

void Waiter::wake_at(TimePoint at, std::size_t index) noexcept {
  if (at >= alarm_) return;
  alarm_ = at;
  alarm_index_ = index;
}

std::size_t Waiter::wait() noexcept {
  if (alarm_ == TimePoint::max()) {
    parker_.park();
  } else if (!parker_.park_until(alarm_)) {
    if (claim(alarm_index_)) return alarm_index_;
    parker_.park();
  }
  return claimed_.load(std::memory_order_acquire);
}

}  // namespace desist
