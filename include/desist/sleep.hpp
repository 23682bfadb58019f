#pragma once

#include <chrono>
#include <cstddef>

#include "desist/api.hpp"
#include "desist/clock.hpp"
#include "desist/error.hpp"
#include "desist/wait_any.hpp"

namespace desist {

/// A time point to wait for, also beside other things: the `default` branch after a while.
class DESIST_API Alarm {
 public:
  /// Rings at `at`, and from then on.
  explicit Alarm(TimePoint at) noexcept : at_(at) {}
  /// Counted from now; a duration too long for the clock means never.
  [[nodiscard]] static Alarm in(Duration duration) noexcept;
  /// The same, in any unit.
  template <class Rep, class Period>
  [[nodiscard]] static Alarm in(std::chrono::duration<Rep, Period> duration) noexcept {
    return in(saturated(duration));
  }

  /// What `wait_any` calls; see Waitable.
  ///@{
  [[nodiscard]] bool poll() const noexcept { return Clock::now() >= at_; }
  void enrol(Waiter& waiter, std::size_t index) const noexcept { waiter.wake_at(at_, index); }
  void withdraw() const noexcept {}
  ///@}

 private:
  TimePoint at_;
};

/// Sleeps until `at`, never shorter; `cancelled` where `ctx` stops first.
DESIST_API [[nodiscard]] Result<void> sleep_until(const Context& ctx, TimePoint at);
/// The same, counted from now; a duration too long for the clock means for ever.
DESIST_API [[nodiscard]] Result<void> sleep_for(const Context& ctx, Duration duration);
/// The same, in any unit.
template <class Rep, class Period>
[[nodiscard]] Result<void> sleep_for(const Context& ctx, std::chrono::duration<Rep, Period> duration) {
  return sleep_for(ctx, saturated(duration));
}

}  // namespace desist
