#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "desist/context.hpp"
#include "desist/error.hpp"

namespace desist {

/// Several named pieces of work at once, each on a jthread of its own with the group's Context, and joined before the
/// group ends. The first failure cancels the rest with `sibling_failed`.
///
///     TaskGroup group(ctx);
///     group.spawn("orders", [&](const Context& ctx) -> Result<void> { ... });
///     group.spawn("prices", [&](const Context& ctx) -> Result<void> { ... });
///     Result<void> result = group.wait();
///
/// Children are listed in the live tree as workers of kind `task`. Thread-safe: a child may spawn siblings.
class [[nodiscard]] TaskGroup {
 public:
  using Task = std::function<Result<void>(const Context&)>;

  explicit TaskGroup(const Context& ctx);
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// Cancels what still runs (cause `cancelled`) and joins.
  ~TaskGroup();

  /// Starts a child now. Where no thread is to be had the group fails with `overloaded`, as if the child had returned
  /// that; in a group that has stopped the child does not start. Either way `wait` reports it.
  void spawn(std::string_view name, Task task);

  /// Joins every child. The first failure in time; where none failed but the group's Context stopped, `cancelled`.
  /// A child that finished is not turned into a failure by a stop that came later.
  [[nodiscard]] Result<void> wait();

  /// Cancels the children that run; does not wait.
  void cancel(Reason reason = Reason::cancelled, std::string detail = {});

  [[nodiscard]] const Context& context() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace desist
