#pragma once

#include "desist/clock.hpp"

namespace desist {

/// `start + duration`, or the end of the clock where that is out of its range.
[[nodiscard]] inline TimePoint after(TimePoint start, Duration duration) noexcept {
  if (duration > Duration::zero() && start > TimePoint::max() - duration) return TimePoint::max();
  return start + duration;
}

[[nodiscard]] inline TimePoint after(Duration duration) noexcept {
  return after(Clock::now(), duration);
}

}  // namespace desist
