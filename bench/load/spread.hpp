#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace load {

/// Prints `"name": {"median": …, "p99": …, "max": …}`, in microseconds, of times in nanoseconds; there
/// must be one.
inline void print_spread(const char* name, std::vector<std::int64_t> times) {
  std::sort(times.begin(), times.end());
  const auto at = [&](double part) {
    const auto index = static_cast<std::size_t>(part * static_cast<double>(times.size()));
    return static_cast<double>(times[std::min(index, times.size() - 1)]) / 1e3;
  };
  std::printf("\"%s\": {\"median\": %.1f, \"p99\": %.1f, \"max\": %.1f}", name, at(0.5), at(0.99), at(1.0));
}

}  // namespace load
