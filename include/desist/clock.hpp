#pragma once

#include <chrono>
#include <limits>
#include <ratio>
#include <type_traits>

namespace desist {

/// Every deadline, timeout and age in desist is taken on the steady clock: a wall clock that jumps moves
/// none of them.
using Clock = std::chrono::steady_clock;
/// A moment: a deadline, or when something happened.
using TimePoint = Clock::time_point;
/// A timeout or an age, in nanoseconds. Integer durations of coarser units convert to it, which overflows
/// beyond 292 years; `saturated` does not.
using Duration = Clock::duration;

/// Any duration as a Duration: cut off towards zero where it is finer, `Duration::max()` or `min()` where it
/// is beyond. NaN is zero.
template <class Rep, class Period>
[[nodiscard]] constexpr Duration saturated(std::chrono::duration<Rep, Period> duration) noexcept {
  static_assert(std::is_arithmetic_v<Rep>);
  using Ticks = std::ratio_divide<Period, Duration::period>;
  using Limits = std::numeric_limits<Duration::rep>;
  if constexpr (std::is_floating_point_v<Rep>) {
    const auto ticks = static_cast<long double>(duration.count()) * Ticks::num / Ticks::den;
    if (ticks >= static_cast<long double>(Limits::max())) return Duration::max();
    if (ticks <= static_cast<long double>(Limits::min())) return Duration::min();
    return Duration(ticks == ticks ? static_cast<Duration::rep>(ticks) : 0);
  } else {
    __extension__ typedef __int128 Wide;  // whatever two 64-bit integers give when multiplied
    const Wide ticks = static_cast<Wide>(duration.count()) * Ticks::num / Ticks::den;
    if (ticks > Limits::max()) return Duration::max();
    if (ticks < Limits::min()) return Duration::min();
    return Duration(static_cast<Duration::rep>(ticks));
  }
}

}  // namespace desist
