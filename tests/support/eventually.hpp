#pragma once

#include <chrono>
#include <thread>

namespace desist::test {

/// Waits until `condition` holds, looking at it often; false where it does not within `deadline`. The one
/// place where tests may sleep: they wait on what they expect, never for "long enough".
template <class Condition>
[[nodiscard]] bool eventually(Condition&& condition,
                              std::chrono::milliseconds deadline = std::chrono::milliseconds(10000)) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return static_cast<bool>(condition());
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return true;
}

}  // namespace desist::test
