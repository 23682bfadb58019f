#pragma once

#include <functional>
#include <utility>

#include "context/timer.hpp"

namespace desist::front {

/// A deadline that moves far more often than it passes. Moving it later costs a store: the timer underneath
/// fires at the old time, finds that it is not due, and goes on to the new one. Not thread-safe: a lock of
/// the owner's guards it, and `function` takes that lock and asks `due`.
class LazyTimer {
 public:
  explicit LazyTimer(std::function<void()> function) : timer_(std::move(function)) {}

  void set(TimePoint at) {
    at_ = at;
    if (at < fires_) timer_.arm(fires_ = at);
  }
  /// No deadline. What is armed is left: disarming would cost every request what firing early costs one in
  /// many.
  void clear() noexcept { at_ = TimePoint::max(); }
  /// For good, or for long.
  void disarm() noexcept {
    at_ = fires_ = TimePoint::max();
    timer_.disarm();
  }

  /// Asked by `function`: whether the deadline has passed. Where it has moved, arms the timer for it.
  [[nodiscard]] bool due(TimePoint now) {
    fires_ = TimePoint::max();
    if (at_ == TimePoint::max()) return false;
    if (at_ <= now) {
      at_ = TimePoint::max();
      return true;
    }
    timer_.arm(fires_ = at_);
    return false;
  }

 private:
  Timer timer_;
  TimePoint at_ = TimePoint::max();     // the deadline
  TimePoint fires_ = TimePoint::max();  // what the timer is armed for, never later than `at_`
};

}  // namespace desist::front
