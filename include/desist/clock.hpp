#pragma once

#include <chrono>

namespace desist {

/// Every deadline, timeout and age in desist is taken on the steady clock: a wall clock that jumps moves
/// none of them.
using Clock = std::chrono::steady_clock;
/// A moment: a deadline, or when something happened.
using TimePoint = Clock::time_point;
/// A timeout or an age; nanoseconds, and any std::chrono duration converts to it.
using Duration = Clock::duration;

}  // namespace desist
