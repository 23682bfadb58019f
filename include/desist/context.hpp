#pragma once

/// @file
/// desist's main idea: a Context is what is handed down a request's call path, as the first argument. It is
/// a stop token that also knows why (cause), until when (deadline), and for whom (values).
///
///     Result<Payload> Reports::fetch(const Context& ctx, const Query& query) const {
///       Scope scope = ctx.with_timeout(2s);                // a child: never outlives, never outlasts ctx
///       auto hook = on_stop(scope, [&]() noexcept { connection.interrupt(); });
///       ...
///     }                                                    // the scope ends: cancelled and unlinked
///
/// Deriving gives a Scope, the owner of a child Context. Cancelling reaches the whole subtree below, never a
/// parent or a sibling. Only `shield` and `without_cancel` stand apart.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include "desist/api.hpp"
#include "desist/cause.hpp"
#include "desist/clock.hpp"
#include "desist/value.hpp"

/// All that desist offers to programs. What it keeps for itself, though headers need it, is in
/// `desist::detail`.
namespace desist {

class Scope;
class Canceller;
template <class F>
class StopHook;

namespace detail {

struct Node;  // one place in the cancel tree; see source/context/node.hpp

/// The head of every Node: what polling reads and copying counts, so that both are one inline instruction.
struct NodeHead {
  std::atomic<bool> stopped{false};
  std::atomic<std::uint32_t> references{1};
};

/// Frees a Node whose last reference is gone.
DESIST_API void destroy(NodeHead* node) noexcept;

/// A counted reference to a Node; null for a Context that can never stop.
class DESIST_API NodeRef {
 public:
  NodeRef() noexcept = default;
  /// Takes over one reference that the caller owns.
  [[nodiscard]] static NodeRef adopt(NodeHead* node) noexcept {
    NodeRef ref;
    ref.node_ = node;
    return ref;
  }
  NodeRef(const NodeRef& other) noexcept : node_(other.node_) {
    if (node_ != nullptr) node_->references.fetch_add(1, std::memory_order_relaxed);
  }
  NodeRef(NodeRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  NodeRef& operator=(const NodeRef& other) noexcept { return *this = NodeRef(other); }
  NodeRef& operator=(NodeRef&& other) noexcept {
    const NodeRef old = adopt(std::exchange(node_, std::exchange(other.node_, nullptr)));
    return *this;
  }
  ~NodeRef() {
    // The only holder needs no atomic decrement: nobody else is left who could copy.
    if (node_ != nullptr && (node_->references.load(std::memory_order_acquire) == 1 ||
                             node_->references.fetch_sub(1, std::memory_order_acq_rel) == 1)) {
      destroy(node_);  // NOLINT(clang-analyzer-cplusplus.NewDelete): the analyzer does not count references
    }
  }

  [[nodiscard]] NodeHead* head() const noexcept { return node_; }
  [[nodiscard]] bool stopped() const noexcept {
    return node_ != nullptr && node_->stopped.load(std::memory_order_acquire);
  }
  explicit operator bool() const noexcept { return node_ != nullptr; }
  friend bool operator==(const NodeRef& a, const NodeRef& b) noexcept { return a.node_ == b.node_; }

 private:
  NodeHead* node_ = nullptr;
};

}  // namespace detail

/// A small copyable handle; every member may be called from any thread at any time. A default-constructed
/// Context is the background: it never stops, has no deadline and no values.
///
/// It models the standard's stoppable-token shape and converts to std::stop_token, so whatever takes a token
/// takes a Context: std::condition_variable_any, a std::stop_callback, code that never heard of desist.
class DESIST_API Context {
 public:
  /// The hook type for generic code; `on_stop` is the way to make one by hand.
  template <class F>
  using callback_type = StopHook<F>;

  Context() noexcept = default;
  /// A temporary Scope would leave a Context that has stopped: keep the Scope in a variable. (A function that
  /// takes `const Context&` may be given a temporary one.)
  Context(const Scope&&) = delete;
  Context(Scope&&) = delete;  ///< see above

  /// Whether the work should give up. One acquire load, about a nanosecond: poll as often as you like. Once
  /// true it stays true, and `cause()` is set.
  [[nodiscard]] bool stop_requested() const noexcept { return node_.stopped(); }

  /// False for the background and below `without_cancel`: polling and hooks there cost nothing and never
  /// fire.
  [[nodiscard]] bool stop_possible() const noexcept { return static_cast<bool>(node_); }

  /// Why it stopped; empty while it has not.
  [[nodiscard]] std::optional<Cause> cause() const;

  /// When it stopped; empty while it has not.
  [[nodiscard]] std::optional<TimePoint> stopped_at() const noexcept;

  /// The earliest of its own and its ancestors' deadlines; empty where there is none. It never grows on the
  /// way down.
  [[nodiscard]] std::optional<TimePoint> deadline() const noexcept;

  /// The value that the nearest ancestor set for `key`, or null. The pointer lives as long as this Context
  /// or any descendant does. Costs a step for each value set between here and there, nothing for levels
  /// without values.
  template <class T>
  [[nodiscard]] const T* value(const Key<T>& key) const noexcept {
    return values_.find(key);
  }
  template <class T>
  const T* value(const Key<T>&& temporary) const = delete;

  /// The same stop as a std::stop_token. The request's root owns a real std::stop_source; a derived Context
  /// makes one at its first conversion. The token turns true when the hooks run, right after every Context
  /// of the subtree.
  operator std::stop_token() const { return token(); }  // NOLINT(google-explicit-constructor)
  /// The same conversion, by name. Throws std::bad_alloc where a first one finds no memory.
  [[nodiscard]] std::stop_token token() const;

  /// A child that its owner can cancel.
  [[nodiscard]] Scope with_cancel() const;

  /// A child that stops at `deadline` (cause `deadline_exceeded`) or at this Context's deadline, whichever
  /// is earlier. A deadline that has passed gives a child that is already stopped. Never fires early. Throws
  /// std::system_error where the timer thread has to be started and cannot be.
  [[nodiscard]] Scope with_deadline(TimePoint deadline) const;

  /// The same, counted from now. A timeout too large for the clock means none of its own.
  [[nodiscard]] Scope with_timeout(Duration timeout) const;
  /// The same, in any unit.
  template <class Rep, class Period>
  [[nodiscard]] Scope with_timeout(std::chrono::duration<Rep, Period> timeout) const;

  /// The same Context, with a value for all below it. There is nothing to end, hence no Scope.
  template <class T>
  [[nodiscard]] Context with_value(const Key<T>& key, std::type_identity_t<T> value) const {
    return Context(node_, values_.with(key, std::move(value)));
  }
  template <class T>
  Context with_value(const Key<T>&& temporary, std::type_identity_t<T> value) const = delete;

  /// Keeps the values; drops cancellation and deadline. For work that must outlive its request, such as an
  /// audit record. Work that should merely be allowed to finish its clean-up wants `shield`.
  [[nodiscard]] Context without_cancel() const;

  /// For clean-up: keeps the values, is not reached by cancellations from above, and stops when `budget` (a
  /// duration of its own, counted from now) is spent.
  [[nodiscard]] Scope shield(Duration budget) const;
  /// The same, in any unit.
  template <class Rep, class Period>
  [[nodiscard]] Scope shield(std::chrono::duration<Rep, Period> budget) const;

  /// A root, owning a std::stop_source made with it: `Scope::stop_source`. A server makes one a request.
  [[nodiscard]] static Scope root(std::optional<TimePoint> deadline = std::nullopt);

  /// A root below a foreign token: stops when the token does (cause `cancelled`). So code that has only a
  /// token can call a Store. The Scope's end unlinks it from the token.
  [[nodiscard]] static Scope adopt(std::stop_token token);

  /// Whether both are the same place in the tree: they stop together, always. Values do not count.
  friend bool operator==(const Context& a, const Context& b) noexcept { return a.node_ == b.node_; }

 private:
  friend class Scope;
  friend class Canceller;
  template <class F>
  friend class StopHook;

  Context(detail::NodeRef node, detail::Values values) noexcept
      : node_(std::move(node)), values_(std::move(values)) {}

  detail::NodeRef node_;
  detail::Values values_;
};

/// Cancels one Context from elsewhere: a copyable, thread-safe handle without ownership of the Scope. It may
/// outlive the Scope; cancelling then does nothing. Default-constructed, it does nothing at all.
class DESIST_API Canceller {
 public:
  Canceller() noexcept = default;

  /// See Scope::cancel.
  bool cancel(Reason reason, std::string detail = {}) const;

 private:
  friend class Scope;
  explicit Canceller(detail::NodeRef node) noexcept : node_(std::move(node)) {}
  detail::NodeRef node_;
};

/// The owner of a derived Context. Move-only; its end cancels the Context (cause `cancelled`, unless it had
/// one), unlinks it from its parent and disarms its timer: nothing of it is left behind. Copies of the
/// Context may live on, stopped.
class DESIST_API [[nodiscard]] Scope {
 public:
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  /// Takes the Context over; the other Scope is left with the background, and its end does nothing.
  Scope(Scope&& other) noexcept = default;
  /// Ends its own Context first.
  Scope& operator=(Scope&& other) noexcept;
  ~Scope();

  /// The Context that it owns; the reference is valid as long as the Scope, copies are for ever.
  [[nodiscard]] const Context& context() const& noexcept { return context_; }
  const Context& context() const&& = delete;
  /// A Scope goes wherever a Context does,
  operator const Context&() const noexcept { return context_; }  // NOLINT(google-explicit-constructor)
  /// and wherever a stop token does.
  operator std::stop_token() const { return context_.token(); }  // NOLINT(google-explicit-constructor)

  /// As Context::stop_requested.
  [[nodiscard]] bool stop_requested() const noexcept { return context_.stop_requested(); }
  /// As Context::cause.
  [[nodiscard]] std::optional<Cause> cause() const { return context_.cause(); }

  /// What the Context offers, below it.
  ///@{
  [[nodiscard]] Scope with_cancel() const { return context_.with_cancel(); }
  [[nodiscard]] Scope with_deadline(TimePoint deadline) const { return context_.with_deadline(deadline); }
  template <class Rep, class Period>
  [[nodiscard]] Scope with_timeout(std::chrono::duration<Rep, Period> timeout) const {
    return context_.with_timeout(timeout);
  }
  template <class Rep, class Period>
  [[nodiscard]] Scope shield(std::chrono::duration<Rep, Period> budget) const {
    return context_.shield(budget);
  }
  template <class T>
  [[nodiscard]] Context with_value(const Key<T>& key, std::type_identity_t<T> value) const {
    return context_.with_value(key, std::move(value));
  }
  template <class T>
  Context with_value(const Key<T>&& temporary, std::type_identity_t<T> value) const = delete;
  ///@}

  /// Stops the Context and all below it, then runs their hooks on this thread, with no lock held. Returns
  /// whether this call was the one that stopped it; the first cause wins. Whoever calls it, first or second,
  /// returns with the whole subtree marked: `stop_requested()` true, `cause()` set. It does not wait for
  /// work to stop, nor, as second caller, for the first one's hooks. Hooks run level by level from here
  /// down, in no order within a Context.
  bool cancel(Reason reason = Reason::cancelled, std::string detail = {}) const;

  /// For those who may cancel it but do not own it.
  [[nodiscard]] Canceller canceller() const noexcept { return Canceller(context_.node_); }

  /// The source behind `Context::root`. Requesting a stop on it cancels the Scope, and cancelling the Scope
  /// requests a stop on it. For a Scope that is not a root: a source without state, `stop_possible()` false.
  [[nodiscard]] std::stop_source stop_source() const;

 private:
  friend class Context;
  void end() noexcept;
  explicit Scope(Context context) noexcept : context_(std::move(context)) {}
  Context context_;
};

template <class Rep, class Period>
Scope Context::with_timeout(std::chrono::duration<Rep, Period> timeout) const {
  return with_timeout(saturated(timeout));
}

template <class Rep, class Period>
Scope Context::shield(std::chrono::duration<Rep, Period> budget) const {
  return shield(saturated(budget));
}

}  // namespace desist
