#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>

#include "desist/live_tree.hpp"

namespace desist::server {

/// What sources said when they failed, from when they said it until the request's line is written. Clients
/// never see it, so it cannot travel with the answer; the log takes it when the request is closed.
/// Thread-safe.
class Failures {
 public:
  /// The first message of a request is kept: what came later mostly follows from it.
  void note(const LiveRequest& request, std::string message) {
    const std::lock_guard lock(mutex_);
    messages_.try_emplace(&request, std::move(message));
    count_.store(messages_.size(), std::memory_order_release);
  }

  /// Removes and returns the message; empty where there is none. A request is closed after all its work has
  /// returned, so no note comes later.
  [[nodiscard]] std::string take(const LiveRequest& request) {
    if (count_.load(std::memory_order_acquire) == 0) return {};
    const std::lock_guard lock(mutex_);
    const auto found = messages_.find(&request);
    if (found == messages_.end()) return {};
    std::string message = std::move(found->second);
    messages_.erase(found);
    count_.store(messages_.size(), std::memory_order_release);
    return message;
  }

 private:
  std::mutex mutex_;  // guards messages_
  std::unordered_map<const LiveRequest*, std::string> messages_;
  std::atomic<std::size_t> count_{0};  // its size, so that a request that did not fail takes no lock
};

}  // namespace desist::server
