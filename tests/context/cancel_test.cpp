#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "desist/context.hpp"
#include "desist/on_stop.hpp"

using namespace desist;

namespace {

template <class T>
concept MakesContext = requires(T scope) {
  Context(static_cast<T>(scope));
};
template <class T>
concept BecomesContext = std::is_convertible_v<T, Context>;
template <class T>
concept HasContext = requires(T scope) {
  static_cast<T>(scope).context();
};
template <class T>
concept TakesHook = requires(T scope) {
  on_stop(static_cast<T>(scope), [] {});
};
template <class T>
concept WhatStays = MakesContext<T> && BecomesContext<T> && HasContext<T> && TakesHook<T>;
template <class T>
concept WhatHasEnded = !MakesContext<T> && !BecomesContext<T> && !HasContext<T> && !TakesHook<T>;

static_assert(WhatStays<Scope&> && WhatStays<const Scope&>);
static_assert(WhatHasEnded<Scope> && WhatHasEnded<const Scope>);

bool stopped(const Context& ctx) {
  return ctx.stop_requested();
}

}  // namespace

TEST_CASE("a temporary Scope lasts as long as the call that it is handed to, and makes no Context") {
  const Context ctx;
  CHECK_FALSE(stopped(ctx.with_cancel()));
  CHECK(stopped(ctx.with_timeout(std::chrono::seconds(0))));
}

TEST_CASE("cancelling reaches every descendant, and neither the parent nor a sibling") {
  const Scope root = Context::root();
  const Scope parent = root.with_cancel();
  const Scope child = parent.with_cancel();
  const Scope grandchild = child.with_cancel();
  const Scope sibling = root.with_cancel();
  CHECK(parent.cancel(Reason::lost_race, "the other was faster"));
  for (const Scope* scope : {&parent, &child, &grandchild}) {
    CHECK(scope->stop_requested());
    CHECK(scope->cause() == Cause{Reason::lost_race, "the other was faster"});
    CHECK(scope->context().stopped_at() == parent.context().stopped_at());
  }
  for (const Scope* scope : {&root, &sibling}) {
    CHECK(!scope->stop_requested());
    CHECK(!scope->cause());
    CHECK(!scope->context().stopped_at());
  }
}

TEST_CASE("the first cause wins and later ones are told so") {
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  CHECK(child.cancel(Reason::sibling_failed, "exit status 3"));
  CHECK_FALSE(child.cancel(Reason::client_gone));
  CHECK(root.cancel(Reason::shutting_down));
  CHECK(child.cause() == Cause{Reason::sibling_failed, "exit status 3"});
  CHECK(root.cause() == Cause{Reason::shutting_down, ""});
}

TEST_CASE("every reason has a name of its own") {
  std::vector<std::string_view> names;
  for (const Reason reason :
       {Reason::client_gone, Reason::deadline_exceeded, Reason::shutting_down, Reason::sibling_failed,
        Reason::lost_race, Reason::no_waiters, Reason::operator_cancelled, Reason::cancelled}) {
    names.push_back(to_string(reason));
  }
  CHECK(names.front() == "client_gone");
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("a tree 100,000 levels deep is cancelled, and ends, without recursion") {
  constexpr int depth = 100000;
  for (const bool from_the_leaf : {false, true}) {
    std::vector<Scope> scopes;
    scopes.reserve(depth);
    scopes.push_back(Context::root());
    while (scopes.size() < depth) scopes.push_back(scopes.back().with_cancel());
    if (from_the_leaf) {
      while (!scopes.empty()) scopes.pop_back();
      continue;
    }
    scopes.front().cancel(Reason::client_gone, "reset");
    CHECK(std::all_of(scopes.begin(), scopes.end(), [](const Scope& s) { return s.stop_requested(); }));
    CHECK(scopes.back().cause() == Cause{Reason::client_gone, "reset"});
  }
}

TEST_CASE("a child of a stopped Context is born stopped, with the same cause and time") {
  const Scope root = Context::root();
  root.cancel(Reason::operator_cancelled, "by hand");
  const Scope child = root.with_cancel();
  const Scope timed = child.with_timeout(std::chrono::hours(1));
  for (const Scope* scope : {&child, &timed}) {
    CHECK(scope->stop_requested());
    CHECK(scope->cause() == root.cause());
    CHECK(scope->context().stopped_at() == root.context().stopped_at());
  }
}

TEST_CASE("the end of a Scope cancels its Context, whose handles may live on") {
  const Scope root = Context::root();
  Context handle;
  Context below;
  Canceller canceller;
  {
    const Scope scope = root.with_cancel();
    const Scope child = scope.with_cancel();
    handle = scope;
    below = child;
    canceller = scope.canceller();
    CHECK(!handle.stop_requested());
  }
  CHECK(handle.cause() == Cause{Reason::cancelled, ""});
  CHECK(handle.stopped_at().has_value());
  CHECK(below.stop_requested());
  CHECK_FALSE(canceller.cancel(Reason::client_gone));
  CHECK(handle.cause() == Cause{Reason::cancelled, ""});
  CHECK(handle.with_cancel().stop_requested());
  CHECK(!root.stop_requested());
}

TEST_CASE("a parent that ends before its child stops it, and says when") {
  const Scope root = Context::root();
  std::optional<Scope> parent = root.with_cancel();
  const Scope child = parent->context().with_cancel();
  const TimePoint before = Clock::now();
  parent.reset();
  CHECK(child.cause() == Cause{Reason::cancelled, ""});
  CHECK(child.context().stopped_at().value() >= before);
  CHECK(child.context().stopped_at().value() <= Clock::now());
}

TEST_CASE("move-assigning to a Scope ends what it held, and moves the other without stopping it") {
  const Scope root = Context::root();
  Scope a = root.with_cancel();
  Scope b = root.with_cancel();
  const Context was_a = a;
  const Context was_b = b;
  a = std::move(b);
  CHECK(was_a.stop_requested());
  CHECK(!was_b.stop_requested());
  CHECK(a.context() == was_b);
  Scope c = std::move(a);
  CHECK(!was_b.stop_requested());
  c.cancel();
  CHECK(was_b.stop_requested());
}

TEST_CASE("a Canceller stops its Context from elsewhere; a default-made one does nothing") {
  const Scope scope = Context().with_cancel();
  const Canceller canceller = scope.canceller();
  const Canceller copy = canceller;
  CHECK(copy.cancel(Reason::no_waiters));
  CHECK_FALSE(canceller.cancel(Reason::client_gone));
  CHECK(scope.cause()->reason == Reason::no_waiters);
  CHECK_FALSE(Canceller().cancel(Reason::client_gone));
}

TEST_CASE("the background never stops, yet what is derived from it does") {
  const Context background;
  CHECK(!background.stop_possible());
  CHECK(!background.stop_requested());
  CHECK(!background.cause());
  CHECK(!background.deadline());
  CHECK(!std::stop_token(background).stop_possible());
  const Scope scope = background.with_cancel();
  CHECK(scope.context().stop_possible());
  scope.cancel();
  CHECK(scope.stop_requested());
  CHECK(!background.stop_requested());
}

TEST_CASE("Contexts are equal when they are the same place in the tree, whatever their values") {
  static constexpr Key<int> key{"key"};
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  const Context copy = child;
  CHECK(copy == child.context());
  CHECK(copy.with_value(key, 1) == copy);
  CHECK(!(copy == root.context()));
  CHECK(Context() == Context());
}

TEST_CASE("children that end in any order leave their siblings within the reach of the parent") {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same order every time
  for (int round = 0; round < 50; ++round) {
    const Scope parent = Context::root();
    std::vector<Scope> children;
    for (int i = 0; i < 20; ++i) children.push_back(parent.with_cancel());
    std::vector<Scope> grandchildren;
    for (const Scope& child : children) grandchildren.push_back(child.with_cancel());
    std::shuffle(children.begin(), children.end(), random);
    while (children.size() > static_cast<std::size_t>(round % 20)) children.pop_back();
    for (int i = 0; i < 3; ++i) children.push_back(parent.with_cancel());
    CHECK(std::none_of(children.begin(), children.end(), [](const Scope& s) { return s.stop_requested(); }));
    grandchildren.push_back(children.front().with_cancel());
    parent.cancel(Reason::shutting_down);
    CHECK(std::all_of(children.begin(), children.end(),
                      [](const Scope& s) { return s.cause()->reason == Reason::shutting_down; }));
    CHECK(std::all_of(grandchildren.begin(), grandchildren.end(),
                      [](const Scope& s) { return s.stop_requested(); }));
  }
}

TEST_CASE("a shield is not reached from above, keeps the values, and ends by its own means") {
  const Scope root = Context::root();
  const Context named = root.with_value(keys::request_id, "r1");
  const Scope shield = named.shield(std::chrono::hours(1));
  const Scope below = shield.with_cancel();
  root.cancel(Reason::client_gone);
  CHECK(!shield.stop_requested());
  CHECK(!below.stop_requested());
  CHECK(*below.context().value(keys::request_id) == "r1");
  shield.cancel(Reason::cancelled, "cleaned up");
  CHECK(below.cause()->detail == "cleaned up");
}

TEST_CASE("a shield can still be made when the Context has stopped") {
  const Scope root = Context::root();
  root.cancel(Reason::client_gone);
  const Scope shield = root.shield(std::chrono::hours(1));
  CHECK(!shield.stop_requested());
}

TEST_CASE("without_cancel keeps the values and drops cancellation and deadline") {
  const Scope root = Context::root(Clock::now() + std::chrono::hours(1));
  const Context audit = root.with_value(keys::principal, "alice").without_cancel();
  root.cancel();
  CHECK(!audit.stop_possible());
  CHECK(!audit.stop_requested());
  CHECK(!audit.deadline());
  CHECK(*audit.value(keys::principal) == "alice");
  CHECK(!audit.with_cancel().stop_requested());
}
