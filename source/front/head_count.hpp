#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace desist::front {

/// Counts what must be gone before its owner may go. Leaving is the last that one does with the owner:
/// whoever waits may destroy it as soon as the count is zero.
class HeadCount {
 public:
  void enter() {
    const std::lock_guard lock(mutex_);
    ++count_;
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (--count_ == 0) none_.notify_all();  // under the lock: after it, this may be gone
  }
  void wait_none() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return count_ == 0; });
  }

  /// Enters here, leaves at its end.
  class Ticket {
   public:
    explicit Ticket(HeadCount& count) : count_(count) { count_.enter(); }
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket() { count_.leave(); }

   private:
    HeadCount& count_;
  };

 private:
  std::mutex mutex_;  // guards count_
  std::condition_variable none_;
  std::size_t count_ = 0;
};

}  // namespace desist::front
