#pragma once

#include <mutex>
#include <stop_token>
#include <utility>

namespace desist::server {

/// The two stages of a shutdown, each of which somebody in a hurry may skip.
class Stages {
 public:
  /// Trips when the drain is to be skipped.
  [[nodiscard]] std::stop_token draining() const { return drain_.get_token(); }

  /// The drain is over; trips when the waiting is to be skipped.
  [[nodiscard]] std::stop_token waiting() {
    const std::lock_guard lock(mutex_);
    drained_ = true;
    return wait_.get_token();
  }

  /// Skips the stage that is under way; before the first, the first that has not been skipped.
  void hurry() {
    std::stop_source& stage = next();
    stage.request_stop();  // runs the waits' callbacks, hence without the lock
  }

  void skip_drain() { drain_.request_stop(); }

 private:
  std::stop_source& next() {
    const std::lock_guard lock(mutex_);
    return std::exchange(drained_, true) ? wait_ : drain_;
  }

  std::mutex mutex_;      // guards drained_
  bool drained_ = false;  // the drain is over, or has been skipped
  std::stop_source drain_;
  std::stop_source wait_;
};

}  // namespace desist::server
