#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "desist/api.hpp"
#include "desist/context.hpp"

namespace desist {

/// A function that runs once on a pool thread after a Context stopped, or never: for clean-up that blocks.
/// Made by `after_stop`; neither copied nor moved.
///
/// * Thread: one of the pool that the Context names. Who cancels does not wait for it.
/// * Already stopped: it is sent off to a pool thread at once.
/// * No thread to be had, or none that has begun by then: it runs in the destructor, on the destroying
/// thread.
///   Where the Context has stopped before the destructor begins, the function runs, always, and once.
/// * Destructor: after it the function does not run and is not running. It waits for a run under way, except
///   from inside the function itself. A Context that has not stopped by then never runs it.
/// * It must not throw (a throw ends the program).
class DESIST_API [[nodiscard]] AfterStop {
 public:
  /// Arms it; see above for a Context that has stopped already.
  AfterStop(const Context& ctx, std::function<void()> function);
  /// The Scope would end, and `function` run, right after this.
  AfterStop(const Scope&& ended, std::function<void()> function) = delete;
  AfterStop(const AfterStop&) = delete;
  AfterStop& operator=(const AfterStop&) = delete;
  ~AfterStop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Runs `function` on a worker thread when `ctx` stops; see AfterStop.
[[nodiscard]] inline AfterStop after_stop(const Context& ctx, std::function<void()> function) {
  return AfterStop(ctx, std::move(function));
}
/// The Scope would end, and `function` run, right after this.
inline void after_stop(const Scope&& ended, std::function<void()> function) = delete;

}  // namespace desist
