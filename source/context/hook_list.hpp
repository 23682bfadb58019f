#pragma once

#include "desist/on_stop.hpp"

namespace desist::detail {

struct Root;

/// Hooks of a node, or those that a cancelling thread still has to run. All under the tree's lock. The list
/// may lie on a stack: hooks know what points at them, not which list they are in.
class HookList {
 public:
  HookList() noexcept = default;
  HookList(const HookList&) = delete;
  HookList& operator=(const HookList&) = delete;
  ~HookList() = default;

  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
  void push(HookBase& hook) noexcept;
  /// Moves all of this list to the place that `end` points at, and `end` behind them.
  void move_to(HookBase**& end) noexcept;
  /// Takes and runs one after the other, on this thread, with the lock released.
  void run_all(Root& root) noexcept;
  [[nodiscard]] HookBase** begin() noexcept { return &first_; }

 private:
  HookBase* first_ = nullptr;
};

}  // namespace desist::detail
