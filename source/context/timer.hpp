#pragma once

#include <functional>

#include "desist/clock.hpp"

namespace desist {

/// Calls a function at a time point; the one mechanism behind every deadline of the library, server and
/// front. All timers share one waiting thread. Arming and disarming are O(1) however many are pending.
///
/// * The function runs on a timer thread, never early, and normally within a millisecond of its time. It
///   must not throw, and should be short; one that blocks delays no other timer, because the next thread
///   takes over the waiting first.
/// * `arm` and `disarm` may be called from any thread, also from inside the function.
/// * The destructor disarms, and waits for a running call, except from inside the function itself.
class Timer {
 public:
  explicit Timer(std::function<void()> function);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer();

  /// Replaces an earlier arming that has not fired.
  void arm(TimePoint at);
  /// After it, the function is not called until armed again; a call under way on another thread is not
  /// waited for.
  void disarm() noexcept;

 private:
  struct State;
  State* state_;
};

/// How many timers are armed now, of the whole process; contexts' deadlines count. For tests and diagnosis.
[[nodiscard]] std::size_t armed_timers() noexcept;

}  // namespace desist
