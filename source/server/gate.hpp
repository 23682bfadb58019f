#pragma once

#include <atomic>
#include <cstddef>

namespace desist::server {

/// Lets calls through until it is shut; shutting waits for those that are inside. So that strangers'
/// functions can be let go of while threads that would call them run on.
class Gate {
 public:
  /// Calls `function`, or does not where the gate is shut.
  template <class F>
  void pass(F&& function) {
    // Counted first, looked second; `shut` closes first and counts second: one of the two sees the other.
    inside_.fetch_add(1);
    if (!shut_.load()) function();
    if (inside_.fetch_sub(1) == 1 && shut_.load()) inside_.notify_all();
  }

  /// After it no call is inside, and none gets in. Not from inside a call.
  void shut() noexcept {
    shut_.store(true);
    for (std::size_t now = inside_.load(); now != 0; now = inside_.load()) inside_.wait(now);
  }

 private:
  std::atomic<std::size_t> inside_{0};
  std::atomic<bool> shut_{false};
};

}  // namespace desist::server
