#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "desist/api.hpp"
#include "desist/context.hpp"

namespace desist {

namespace detail {

/// The intrusive part of a hook: linked into its node's list, later into the list of the thread that
/// cancels.
class DESIST_API HookBase {
 public:
  HookBase(const HookBase&) = delete;
  HookBase& operator=(const HookBase&) = delete;

 protected:
  using Run = void (*)(HookBase*) noexcept;
  explicit HookBase(Run run) noexcept : run_(run) {}
  ~HookBase() = default;

  /// Links the hook, or runs it at once where the node has stopped. Null nodes are ignored.
  void attach(NodeRef node) noexcept;
  /// Unlinks it; if it is running on another thread, waits until it has returned.
  void detach() noexcept;

 private:
  friend class HookList;
  enum class State : unsigned char { linked, running, done };
  void unlink() noexcept;

  // From here on all is guarded by the tree's lock, and idle for a hook that was never linked (node_ is
  // null).
  Run run_;
  NodeRef node_;
  HookBase* next_ = nullptr;
  HookBase** link_ = nullptr;  // what points at this hook
  State state_ = State::done;
  const void* runner_ = nullptr;  // the thread that runs it
  bool* destroyed_ = nullptr;     // while running: tells the runner that the hook destroyed itself
};

}  // namespace detail

/// A function that runs once when a Context stops, or never. Made by `on_stop`; neither copied nor moved.
///
/// * Thread: the one that cancels, before its `cancel()` returns, with no lock held. Keep it short, do not
///   block, do not throw (a throw ends the program): wake, signal, interrupt, and leave the clean-up to the
///   owner.
/// * Already stopped: runs at once, on the thread that makes the hook, before the constructor returns.
/// * Destructor: after it the function does not run and is not running. It waits for a run on another
///   thread; inside the function itself it does not wait. So do not destroy a hook while holding a lock that
///   the function takes.
template <class F>
class [[nodiscard]] StopHook : private detail::HookBase {
 public:
  /// Arms it; `on_stop` spares naming the type.
  template <class G>
  StopHook(const Context& ctx, G&& f) : HookBase(&run), function_(std::forward<G>(f)) {
    attach(ctx.node_);
  }
  StopHook(const StopHook&) = delete;
  StopHook& operator=(const StopHook&) = delete;
  ~StopHook() { detach(); }

 private:
  static void run(HookBase* self) noexcept { std::invoke(static_cast<StopHook*>(self)->function_); }
  F function_;
};

/// Runs `f` on the cancelling thread when `ctx` stops; see StopHook.
template <class F>
[[nodiscard]] StopHook<std::decay_t<F>> on_stop(const Context& ctx, F&& f) {
  return StopHook<std::decay_t<F>>(ctx, std::forward<F>(f));
}
/// The Scope would end, and `f` run, right after this.
template <class F>
void on_stop(const Scope&& ended, F&& f) = delete;

}  // namespace desist
