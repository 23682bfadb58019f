#pragma once

#include <cstddef>
#include <mutex>

#include "desist/api.hpp"
#include "desist/error.hpp"
#include "desist/wait_any.hpp"
#include "desist/wait_list.hpp"

namespace desist {

/// A std::latch whose wait ends early when the Context stops: opens when it has been counted down, and stays
/// open. With a count of 1 it is an event that is set once. Thread-safe; must outlive those who wait.
class DESIST_API Latch {
 public:
  /// Opens after `count` calls of `count_down`; with 0 it is open from the start.
  explicit Latch(std::size_t count = 1) noexcept : count_(count) {}
  Latch(const Latch&) = delete;
  Latch& operator=(const Latch&) = delete;

  /// At 0 it opens, and wakes all. Further calls do nothing.
  void count_down() noexcept;
  /// Whether it has opened.
  [[nodiscard]] bool open() const noexcept;

  /// Waits for it to open; `cancelled` where `ctx` stops first.
  [[nodiscard]] Result<void> wait(const Context& ctx);

  /// For wait_any: one thread's wait for a latch.
  class Wait : private detail::WaitPlace {
   public:
    /// The latch must outlive it.
    explicit Wait(Latch& latch) noexcept : latch_(latch) {}
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    /// What `wait_any` calls; see Waitable.
    ///@{
    [[nodiscard]] bool poll() noexcept { return latch_.open(); }
    void enrol(Waiter& waiter, std::size_t index) noexcept;
    void withdraw() noexcept;
    ///@}

   private:
    Latch& latch_;
  };

 private:
  mutable std::mutex mutex_;  // guards all below
  std::size_t count_;
  detail::WaitList waiting_;
};

}  // namespace desist
