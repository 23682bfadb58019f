#include "desist/context.hpp"

#include <algorithm>
#include <utility>

#include "context/node.hpp"
#include "context/saturate.hpp"

namespace desist {

using detail::Expiry;
using detail::never;
using detail::Node;
using detail::node_of;
using detail::NodeRef;
using detail::Root;

namespace {

NodeRef derive(const NodeRef& from, TimePoint deadline, Expiry expiry) {
  if (from) return detail::make_child(*node_of(from), deadline, expiry);
  NodeRef ref = detail::make_root(deadline);
  detail::start_deadline(static_cast<Root&>(*node_of(ref)), expiry);
  return ref;
}

/// A duration from now. The end of the clock, which those beyond it become, is `never`.
struct FromNow {
  explicit FromNow(Duration timeout)
      : deadline(after(std::max(timeout, Duration::zero()))),
        expiry(timeout <= Duration::zero() ? Expiry::passed : Expiry::ahead) {}
  TimePoint deadline;
  Expiry expiry;
};

}  // namespace

std::optional<Cause> Context::cause() const {
  if (!stop_requested()) return std::nullopt;
  const Node& node = *node_of(node_);
  return Cause{node.reason, node.detail != nullptr ? node.detail->text : std::string()};
}

std::optional<TimePoint> Context::stopped_at() const noexcept {
  if (!stop_requested()) return std::nullopt;
  return node_of(node_)->stopped_at;
}

std::optional<TimePoint> Context::deadline() const noexcept {
  if (!node_ || node_of(node_)->deadline == never) return std::nullopt;
  return node_of(node_)->deadline;
}

std::stop_token Context::token() const {
  return node_ ? detail::token_of(*node_of(node_)) : std::stop_token();
}

Scope Context::with_cancel() const {
  return Scope(Context(derive(node_, never, Expiry::ahead), values_));
}

Scope Context::with_deadline(TimePoint deadline) const {
  const Expiry expiry = deadline != never && deadline <= Clock::now() ? Expiry::passed : Expiry::ahead;
  return Scope(Context(derive(node_, deadline, expiry), values_));
}

Scope Context::with_timeout(Duration timeout) const {
  const FromNow from_now(timeout);
  return Scope(Context(derive(node_, from_now.deadline, from_now.expiry), values_));
}

Context Context::without_cancel() const {
  return {NodeRef(), values_};
}

Scope Context::shield(Duration budget) const {
  const FromNow from_now(budget);
  return Scope(Context(derive(NodeRef(), from_now.deadline, from_now.expiry), values_));
}

Scope Context::root(std::optional<TimePoint> deadline) {
  const TimePoint at = deadline.value_or(never);
  Scope scope(Context(detail::make_root(at), detail::Values()));
  Root& root = static_cast<Root&>(*node_of(scope.context_.node_));
  root.source = std::stop_source();
  root.owns_source = true;
  detail::start_deadline(root, at != never && at <= Clock::now() ? Expiry::passed : Expiry::ahead);
  return scope;
}

Scope Context::adopt(std::stop_token token) {
  Scope scope(Context(detail::make_root(never), detail::Values()));
  detail::link_to(static_cast<Root&>(*node_of(scope.context_.node_)), std::move(token));
  return scope;
}

bool Canceller::cancel(Reason reason, std::string detail) const {
  return node_ && detail::cancel(*node_of(node_), reason, std::move(detail));
}

Scope& Scope::operator=(Scope&& other) noexcept {
  if (this != &other) {
    end();
    context_ = std::exchange(other.context_, Context());
  }
  return *this;
}

Scope::~Scope() {
  end();
}

void Scope::end() noexcept {
  if (context_.node_) detail::end(*node_of(context_.node_));
}

bool Scope::cancel(Reason reason, std::string detail) const {
  return context_.node_ && detail::cancel(*node_of(context_.node_), reason, std::move(detail));
}

std::stop_source Scope::stop_source() const {
  if (context_.node_) {
    Node& node = *node_of(context_.node_);
    if (node.kind == Node::Kind::root && static_cast<Root&>(node).owns_source) {
      detail::link_to_own_source(static_cast<Root&>(node));
      return node.source;
    }
  }
  return std::stop_source{std::nostopstate};
}

}  // namespace desist
