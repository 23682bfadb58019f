#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "desist/api.hpp"
#include "desist/context.hpp"
#include "desist/error.hpp"

namespace desist {

/// How long the children of a group go on.
enum class Until : std::uint8_t {
  first_failure,  ///< all are wanted: the first failure cancels the rest with `sibling_failed`
  first_success,  ///< one is enough: the first success cancels the rest with `lost_race`; see also race.hpp
};

/// Several named pieces of work at once, each on a jthread of its own with the group's Context, and joined
/// before the group ends.
///
///     TaskGroup group(ctx);
///     group.spawn("orders", [&](const Context& ctx) -> Result<void> { ... });
///     group.spawn("prices", [&](const Context& ctx) -> Result<void> { ... });
///     Result<void> result = group.wait();
///
/// Threads come from the pool that the Context names. Children are listed in the live tree as workers of kind
/// `task`. A child that throws has failed, with the exception's text. Thread-safe: a child may spawn
/// siblings.
class DESIST_API [[nodiscard]] TaskGroup {
 public:
  /// A child: what it throws is its failure. It gives up soon after its Context, the group's, stops.
  using Task = std::function<Result<void>(const Context&)>;

  /// A group below `ctx`; it starts nothing yet.
  explicit TaskGroup(const Context& ctx, Until until = Until::first_failure);
  /// The Scope would end before the first child starts.
  explicit TaskGroup(const Scope&& ended, Until until = Until::first_failure) = delete;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  /// Cancels what still runs (cause `cancelled`) and joins.
  ~TaskGroup();

  /// Starts a child now. Where no thread is to be had it counts as a child that failed with `overloaded`; in
  /// a group that has stopped the child does not start. Either way `wait` reports it.
  void spawn(std::string_view name, Task task);

  /// Joins every child; not to be called by a child. May be called again, after more spawns.
  ///
  /// Until the first failure: that failure; where none failed but a child was not started because the group
  /// had stopped, `cancelled`. Children that all finished are a success, whatever stopped at the last moment.
  ///
  /// Until the first success: a success, if there was one; else the last failure in time.
  [[nodiscard]] Result<void> wait();

  /// Cancels the children that run; does not wait.
  void cancel(Reason reason = Reason::cancelled, std::string detail = {});

  /// Which child succeeded first, counted from 0 in the order of the spawns.
  [[nodiscard]] std::optional<std::size_t> first_success() const;

  /// The group's own Context, which its children get. Valid as long as the group.
  [[nodiscard]] const Context& context() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace desist
