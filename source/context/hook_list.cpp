#include "context/hook_list.hpp"

#include <mutex>

#include "context/node.hpp"

namespace desist::detail {
namespace {

// An address that only this thread has: cheaper than a std::thread::id, and it fits a header without
// <thread>.
const void* this_thread() noexcept {
  thread_local const char mark = 0;
  return &mark;
}

}  // namespace

void HookList::push(HookBase& hook) noexcept {
  hook.state_ = HookBase::State::linked;
  hook.next_ = first_;
  hook.link_ = &first_;
  if (first_ != nullptr) first_->link_ = &hook.next_;
  first_ = &hook;
}

void HookList::move_to(HookBase**& end) noexcept {
  *end = first_;
  first_->link_ = end;
  HookBase* last = first_;
  while (last->next_ != nullptr) last = last->next_;
  end = &last->next_;
  first_ = nullptr;
}

// A hook may destroy itself, any other hook, and the Scope; the caller keeps the root alive.
void HookList::run_all(Root& root) noexcept {
  std::unique_lock lock(root.mutex);
  while (HookBase* const hook = first_) {
    hook->unlink();
    bool destroyed = false;
    hook->state_ = HookBase::State::running;
    hook->runner_ = this_thread();
    hook->destroyed_ = &destroyed;
    lock.unlock();
    hook->run_(hook);
    lock.lock();
    if (!destroyed) {
      hook->state_ = HookBase::State::done;
      root.hook_done.notify_all();
    }
  }
}

void HookBase::unlink() noexcept {
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  state_ = State::done;
}

void HookBase::attach(NodeRef ref) noexcept {
  if (!ref) return;
  Node& node = *node_of(ref);
  if (!ref.stopped()) {
    const std::lock_guard lock(node.root->mutex);
    if (!ref.stopped()) {
      node_ = std::move(ref);
      node.hooks.push(*this);
      return;
    }
  }
  run_(this);
}

void HookBase::detach() noexcept {
  if (!node_) return;
  Root& root = *node_of(node_)->root;
  std::unique_lock lock(root.mutex);
  if (state_ == State::linked) {
    unlink();
  } else if (state_ == State::running && runner_ == this_thread()) {
    *destroyed_ = true;
  } else {
    root.hook_done.wait(lock, [this] { return state_ == State::done; });
  }
}

}  // namespace desist::detail
