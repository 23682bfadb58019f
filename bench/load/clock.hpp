#pragma once

#include <cerrno>
#include <cstdint>

#include <time.h>

namespace load {

/// CLOCK_MONOTONIC in nanoseconds: the clock that the servers note their times by.
inline std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

inline void sleep_until_ns(std::int64_t when) {
  const timespec target{.tv_sec = when / 1'000'000'000, .tv_nsec = when % 1'000'000'000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &target, nullptr) == EINTR) {
  }
}

inline void sleep_ms(std::int64_t duration) {
  sleep_until_ns(now_ns() + duration * 1'000'000);
}

}  // namespace load
