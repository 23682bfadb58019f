#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "desist/on_stop.hpp"

namespace desist::test {

/// Timer threads that are kept busy: hooks on Contexts whose deadline passes soon block until the end of this
/// object.
class BlockedThreads {
 public:
  explicit BlockedThreads(int count, TimePoint deadline = Clock::now() + std::chrono::milliseconds(5)) {
    // On a busy machine the deadline may have passed before the hook is there, which then runs here: once
    // more.
    for (int made = 0; made < count;) {
      ran_here_ = false;
      scopes_.push_back(Context().with_deadline(deadline));
      hooks_.push_back(std::make_unique<Hook>(scopes_.back(), [this] { block(); }));
      if (ran_here_) {
        deadline = Clock::now() + std::chrono::milliseconds(5);
      } else {
        ++made;
      }
    }
  }
  BlockedThreads(const BlockedThreads&) = delete;
  BlockedThreads& operator=(const BlockedThreads&) = delete;
  ~BlockedThreads() {
    let_go_ = true;
    let_go_.notify_all();
  }

  /// How many threads block now.
  [[nodiscard]] int count() const { return blocked_; }

 private:
  using Hook = StopHook<std::function<void()>>;

  void block() {
    if (std::this_thread::get_id() == owner_) {
      ran_here_ = true;
      return;
    }
    ++blocked_;
    let_go_.wait(false);
  }

  const std::thread::id owner_ = std::this_thread::get_id();
  bool ran_here_ = false;  // the owner's alone
  std::atomic<int> blocked_{0};
  std::atomic<bool> let_go_{false};
  std::vector<Scope> scopes_;
  std::vector<std::unique_ptr<Hook>> hooks_;  // destroyed first: waits for the threads
};

}  // namespace desist::test
