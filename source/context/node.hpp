#pragma once

/// The cancel tree. Invariants and the lock order stand on top of node.cpp.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include "desist/context.hpp"

#include "context/hook_list.hpp"
#include "context/wheel.hpp"

namespace desist::detail {

struct Root;

/// No deadline.
inline constexpr TimePoint never = TimePoint::max();

/// The detail text of a cause, shared by all that the same cancel marked.
struct Detail {
  explicit Detail(std::string t) noexcept : text(std::move(t)) {}
  const std::string text;
  std::atomic<std::uint32_t> references{1};
};

/// One place in the tree. What a cancel touches fills the first 64 bytes.
struct Node : NodeHead {
  enum class Kind : std::uint8_t { plain, timed, root };

  Node(Kind k, Root& r, TimePoint d) noexcept : kind(k), root(&r), deadline(d) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  const Kind kind;
  bool armed = false;                 // has a timer; tree's lock
  Reason reason = Reason::cancelled;  // this and the next two: written once, before `stopped`
  TimePoint stopped_at{};
  Detail* detail = nullptr;  // counted
  Node* next = nullptr;      // these three: tree's lock. Siblings; the first one's
  Node* previous = nullptr;  // `previous` is the last
  Node* first_child = nullptr;
  HookList hooks;                             // tree's lock
  std::stop_source source{std::nostopstate};  // tree's lock until set, then constant

  Node* parent = nullptr;    // tree's lock; null for what is not linked
  Root* const root;          // counted, but for the root itself
  const TimePoint deadline;  // its own or an ancestor's, or `never`

 protected:
  ~Node() = default;
};

/// A Node that stops with its parent, or when it is told.
struct PlainNode final : Node {
  using Node::Node;
};

/// A Node with a deadline of its own.
struct TimedNode : Node, TimerEntry {
  using Node::Node;
  void pin() noexcept override;
  void fire() noexcept override;
};

/// The top of a tree, with what all of its nodes share.
struct Root final : TimedNode {
  explicit Root(TimePoint d) noexcept : TimedNode(Kind::root, *this, d) {}

  struct Link {
    NodeHead* node;
    void operator()() const noexcept;
  };

  std::mutex mutex;  // the tree's lock
  std::condition_variable hook_done;
  bool owns_source = false;                      // made by Context::root; constant
  bool linked = false;                           // to its own source, or about to be; tree's lock
  std::optional<std::stop_callback<Link>> link;  // set once; ended by the Scope's end
};

[[nodiscard]] inline Node* node_of(const NodeRef& ref) noexcept {
  return static_cast<Node*>(ref.head());
}

/// A root of its own, not linked to any token and not armed yet.
[[nodiscard]] NodeRef make_root(TimePoint deadline);
/// Makes the root stop with `token`, perhaps at once.
void link_to(Root& root, std::stop_token token);
/// Makes the root stop with its own source, which somebody is about to get hold of. Before that nobody can
/// request a stop there but the root itself.
void link_to_own_source(Root& root);
/// Starts the root's deadline: the last step of its making. May throw std::system_error, see
/// TimerThreads::start.
enum class Expiry : std::uint8_t { ahead, passed };
void start_deadline(Root& root, Expiry expiry);
/// A child of `parent`, with a deadline of its own where `deadline` lies before the parent's. May throw
/// likewise.
[[nodiscard]] NodeRef make_child(Node& parent, TimePoint deadline, Expiry expiry);

/// Marks, then runs the hooks; see Scope::cancel.
bool cancel(Node& node, Reason reason, std::string detail);
/// What the end of a Scope does: cancels, and unlinks from a foreign token.
void end(Node& node) noexcept;
[[nodiscard]] std::stop_token token_of(Node& node);

}  // namespace desist::detail
