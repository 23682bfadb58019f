/// 1. A node that is linked (has a parent), or armed, or is a root that has not stopped, has a Scope, which
///    holds a reference. The Scope's end marks the node, and marking unlinks and disarms it. So a parent
///    needs no reference to its children, a child none to its parent, and nothing that is freed can still be
///    found.
/// 2. Marking happens under the tree's lock, for a whole subtree at once: whoever gets the lock afterwards
///    sees all of it marked, and a child that is derived then is born stopped. `stopped` is the last thing
///    that is written: whoever reads true may read the cause without the lock, and the Scope may let go of
///    the node.
/// 3. Marked nodes have no links. The work queue of a cancel is made of the links that they had, and so is
///    the list of those whose std::stop_source is to be told: no allocation, no recursion, whatever the
///    shape of the tree.
/// 4. Hooks, stop callbacks and destructors of strangers run with no lock held. They may destroy any hook
///    and Scope, the ones that run included: `cancel` holds a reference while they do.
/// 5. A std::stop_callback waits in its destructor for a run on another thread, so it is destroyed with no
///    lock held.
///
/// Lock order: a tree's lock, then TimerThreads's. Two trees' locks are never held together.

#include "context/node.hpp"

#include <utility>

#include "context/timer_threads.hpp"

namespace desist::detail {

struct NodeDeleter {
  void operator()(Node* node) const noexcept {
    switch (node->kind) {
      case Node::Kind::plain:
        delete static_cast<PlainNode*>(node);
        return;
      case Node::Kind::timed:
        delete static_cast<TimedNode*>(node);
        return;
      case Node::Kind::root:
        delete static_cast<Root*>(node);
        return;
    }
  }
};

namespace {

using OwnedNode = std::unique_ptr<Node, NodeDeleter>;

void release(Detail* detail) noexcept {
  if (detail != nullptr && detail->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    std::unique_ptr<Detail>(detail).reset();
  }
}

Detail* retain(Detail* detail) noexcept {
  if (detail != nullptr) detail->references.fetch_add(1, std::memory_order_relaxed);
  return detail;
}

NodeRef share(NodeHead& node) noexcept {
  node.references.fetch_add(1, std::memory_order_relaxed);
  return NodeRef::adopt(&node);
}

void link(Node& parent, Node& child) noexcept {
  Node* const first = parent.first_child;
  child.parent = &parent;
  child.next = first;
  child.previous = first != nullptr ? first->previous : &child;
  if (first != nullptr) first->previous = &child;
  parent.first_child = &child;
}

void unlink(Node& child) noexcept {
  Node* const parent = child.parent;
  if (parent == nullptr) return;
  Node* const first = parent->first_child;
  if (&child == first) {
    parent->first_child = child.next;
  } else {
    child.previous->next = child.next;
  }
  if (child.next != nullptr) {
    child.next->previous = child.previous;
  } else if (&child != first) {
    first->previous = child.previous;
  }
  child.parent = nullptr;
  child.next = nullptr;
}

/// One cancel: what it says, and what it has found to do once the lock is released.
class Marking {
 public:
  Marking(Reason reason, Detail* detail) noexcept : reason_(reason), detail_(detail) {}

  /// Breadth first, so that hooks run level by level.
  void mark_subtree(Node& top, TimePoint at) noexcept {
    at_ = at;
    unlink(top);
    Node* last = &top;
    for (Node* node = &top; node != nullptr;) {
      if (Node* const children = node->first_child) {
        last->next = children;
        last = children->previous;
        node->first_child = nullptr;
      }
      node = mark(*node);
    }
  }

  /// Whether there is anything to run. Under the lock.
  [[nodiscard]] bool found_work() const noexcept { return !hooks_.empty() || sources_ != nullptr; }

  /// With no lock held, and the root kept alive. Tokens go first: who is woken by a hook finds them stopped.
  void run(Root& root) noexcept {
    while (sources_ != nullptr) {
      const NodeRef node = NodeRef::adopt(sources_);
      sources_ = std::exchange(sources_->next, nullptr);
      node_of(node)->source.request_stop();
    }
    hooks_.run_all(root);
  }

 private:
  Node* mark(Node& node) noexcept {
    Node* const next = std::exchange(node.next, nullptr);
    node.parent = nullptr;
    node.reason = reason_;
    node.detail = retain(detail_);
    node.stopped_at = at_;
    if (node.armed) {
      node.armed = false;
      TimerThreads::instance().disarm(static_cast<TimedNode&>(node));
    }
    if (!node.hooks.empty()) node.hooks.move_to(hooks_end_);
    if (node.source.stop_possible()) {
      node.references.fetch_add(1, std::memory_order_relaxed);
      *sources_end_ = &node;
      sources_end_ = &node.next;
    }
    node.stopped.store(true, std::memory_order_release);
    return next;
  }

  const Reason reason_;
  Detail* const detail_;
  TimePoint at_{};
  HookList hooks_;
  HookBase** hooks_end_ = hooks_.begin();
  Node* sources_ = nullptr;  // each holds a reference of ours
  Node** sources_end_ = &sources_;
};

/// When a cancel took place: read before the lock, or left out where nobody is there to ask.
enum class Stamp : std::uint8_t { always, if_seen };

bool stop(Node& node, Reason reason, Detail* detail, Stamp stamp) noexcept {
  Root& root = *node.root;
  TimePoint at{};
  if (stamp == Stamp::always) at = Clock::now();
  NodeRef pin;
  Marking marking(reason, detail);
  {
    const std::lock_guard lock(root.mutex);
    if (node.stopped.load(std::memory_order_relaxed)) return false;
    if (stamp == Stamp::if_seen &&
        (node.first_child != nullptr || node.references.load(std::memory_order_acquire) > 1)) {
      at = Clock::now();
    }
    marking.mark_subtree(node, at);
    if (marking.found_work()) pin = share(node);
  }
  if (pin) marking.run(root);
  return true;
}

/// Gives a new child of a stopped node what it was born with.
void inherit(Node& child, const Node& parent) noexcept {
  child.reason = parent.reason;
  child.detail = retain(parent.detail);
  child.stopped_at = parent.stopped_at;
  child.stopped.store(true, std::memory_order_release);
}

void start_timers(Node& node) {
  try {
    TimerThreads::instance().start();
  } catch (...) {
    end(node);
    throw;
  }
}

OwnedNode allocate_child(Node& parent, TimePoint deadline) {
  Root& root = *parent.root;
  OwnedNode child;
  if (deadline < parent.deadline) {
    child.reset(std::make_unique<TimedNode>(Node::Kind::timed, root, deadline).release());
  } else {
    child.reset(std::make_unique<PlainNode>(Node::Kind::plain, root, parent.deadline).release());
  }
  root.references.fetch_add(1, std::memory_order_relaxed);
  return child;
}

}  // namespace

void destroy(NodeHead* head) noexcept {
  const OwnedNode node(static_cast<Node*>(head));
  const NodeRef root = node->kind == Node::Kind::root ? NodeRef() : NodeRef::adopt(node->root);
  release(node->detail);
}

NodeRef make_root(TimePoint deadline) {
  return NodeRef::adopt(std::make_unique<Root>(deadline).release());
}

void Root::Link::operator()() const noexcept {
  const NodeRef pin = share(*node);  // running the hooks may destroy the Scope, and this callback with it
  stop(*node_of(pin), Reason::cancelled, nullptr, Stamp::always);
}

void link_to(Root& root, std::stop_token token) {
  root.link.emplace(std::move(token), Root::Link{&root});
}

void link_to_own_source(Root& root) {
  {
    const std::lock_guard lock(root.mutex);
    if (root.linked || root.stopped.load(std::memory_order_relaxed)) return;
    root.linked = true;
  }
  link_to(root, root.source.get_token());
}

void start_deadline(Root& root, Expiry expiry) {
  if (expiry == Expiry::passed) {
    stop(root, Reason::deadline_exceeded, nullptr, Stamp::always);
  } else if (root.deadline != never) {
    bool start = false;
    {
      const std::lock_guard lock(root.mutex);
      if (root.stopped.load(std::memory_order_relaxed)) return;
      root.armed = true;
      start = TimerThreads::instance().arm(root, root.deadline);
    }
    if (start) start_timers(root);
  }
}

NodeRef make_child(Node& parent, TimePoint deadline, Expiry expiry) {
  NodeRef ref = NodeRef::adopt(allocate_child(parent, deadline).release());
  Node& child = *node_of(ref);
  bool start = false;
  {
    const std::lock_guard lock(parent.root->mutex);
    if (parent.stopped.load(std::memory_order_relaxed)) {
      inherit(child, parent);
      return ref;
    }
    link(parent, child);
    if (child.kind == Node::Kind::timed && expiry == Expiry::ahead) {
      child.armed = true;
      start = TimerThreads::instance().arm(static_cast<TimedNode&>(child), deadline);
    }
  }
  if (start) start_timers(child);
  if (expiry == Expiry::passed) stop(child, Reason::deadline_exceeded, nullptr, Stamp::always);
  return ref;
}

void TimedNode::pin() noexcept {
  references.fetch_add(1, std::memory_order_relaxed);
}

void TimedNode::fire() noexcept {
  const NodeRef pinned = NodeRef::adopt(this);
  stop(*this, Reason::deadline_exceeded, nullptr, Stamp::always);
}

bool cancel(Node& node, Reason reason, std::string detail) {
  if (detail.empty()) return stop(node, reason, nullptr, Stamp::always);
  Detail* const shared = std::make_unique<Detail>(std::move(detail)).release();
  const bool first = stop(node, reason, shared, Stamp::always);
  release(shared);
  return first;
}

// The link goes first: what it would do is about to be done.
void end(Node& node) noexcept {
  if (node.kind == Node::Kind::root) static_cast<Root&>(node).link.reset();
  if (!node.stopped.load(std::memory_order_acquire)) stop(node, Reason::cancelled, nullptr, Stamp::if_seen);
}

std::stop_token token_of(Node& node) {
  {
    const std::lock_guard lock(node.root->mutex);
    if (node.source.stop_possible()) return node.source.get_token();
  }
  std::stop_source made;
  {
    const std::lock_guard lock(node.root->mutex);
    if (node.source.stop_possible()) return node.source.get_token();
    node.source = made;
    if (!node.stopped.load(std::memory_order_relaxed)) return made.get_token();
  }
  made.request_stop();  // no cancel will: it has been
  return made.get_token();
}

}  // namespace desist::detail
