#pragma once

#include <chrono>

namespace desist {

/// Every deadline, timeout and age in desist is taken on the steady clock: a wall clock that jumps moves
/// none of them.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

}  // namespace desist
