#include <optional>
#include <stop_token>
#include <utility>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"

using namespace desist;

TEST_CASE("requesting a stop on the root's source cancels the tree") {
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  int runs = 0;
  const auto hook = on_stop(child, [&]() noexcept { ++runs; });
  CHECK(root.stop_source().request_stop());
  CHECK(root.cause() == Cause{Reason::cancelled, ""});
  CHECK(child.stop_requested());
  CHECK(runs == 1);
  CHECK_FALSE(root.cancel(Reason::client_gone));
}

TEST_CASE("cancelling the root requests a stop on its source") {
  const Scope root = Context::root();
  const std::stop_source source = root.stop_source();
  CHECK(source.stop_possible());
  CHECK(root.context().token() == source.get_token());
  root.cancel(Reason::client_gone);
  CHECK(source.stop_requested());
  CHECK(root.cause()->reason == Reason::client_gone);
}

TEST_CASE("a root's end stops the tokens that it handed out") {
  std::optional<Scope> root = Context::root();
  const std::stop_token token = root->context();
  std::stop_source source = root->stop_source();
  CHECK(!token.stop_requested());
  root.reset();
  CHECK(token.stop_requested());
  CHECK_FALSE(source.request_stop());
}

TEST_CASE("only a root that was made as one has a source to hand out") {
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  const Scope detached = Context().with_cancel();
  const std::stop_token converted = detached;
  CHECK(converted.stop_possible());
  CHECK(!child.stop_source().stop_possible());
  CHECK(!detached.stop_source().stop_possible());
}

TEST_CASE("a derived Context gives the same token every time, which stops with it alone") {
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  const Scope sibling = root.with_cancel();
  const std::stop_token token = child;
  const std::stop_token of_sibling = sibling;
  CHECK(token == child.context().token());
  CHECK(!(token == of_sibling));
  child.cancel();
  CHECK(token.stop_requested());
  CHECK(!of_sibling.stop_requested());
  root.cancel();
  CHECK(of_sibling.stop_requested());
}

TEST_CASE("a token taken from a Context that has stopped has stopped too") {
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  child.cancel();
  CHECK(child.context().token().stop_requested());
  CHECK(child.context().token() == child.context().token());
}

TEST_CASE("an adopted token stops the tree below it") {
  std::stop_source foreign;
  const Scope adopted = Context::adopt(foreign.get_token());
  const Scope child = adopted.with_cancel();
  const std::stop_token token = child;
  CHECK(!adopted.stop_requested());
  foreign.request_stop();
  CHECK(adopted.cause() == Cause{Reason::cancelled, ""});
  CHECK(child.stop_requested());
  CHECK(token.stop_requested());
}

TEST_CASE("a token that has stopped is adopted as a stopped Context") {
  std::stop_source foreign;
  foreign.request_stop();
  CHECK(Context::adopt(foreign.get_token()).stop_requested());
}

TEST_CASE("a token that can never stop is adopted as a Context that its owner can cancel") {
  const Scope adopted = Context::adopt(std::stop_token());
  CHECK(!adopted.stop_requested());
  adopted.cancel(Reason::lost_race);
  CHECK(adopted.cause()->reason == Reason::lost_race);
}

TEST_CASE("cancelling or ending what adopted a token leaves the token alone") {
  std::stop_source foreign;
  Context handle;
  int runs = 0;
  {
    const Scope adopted = Context::adopt(foreign.get_token());
    handle = adopted;
    adopted.cancel(Reason::deadline_exceeded);
    CHECK(!foreign.stop_requested());
  }
  const auto hook = on_stop(handle, [&]() noexcept { ++runs; });
  foreign.request_stop();
  CHECK(handle.cause()->reason == Reason::deadline_exceeded);
  CHECK(runs == 1);
}

TEST_CASE("a Context passes through code that knows tokens only") {
  const Scope root = Context::root();
  const Scope inner = Context::adopt(root.context());
  const Scope innermost = Context::adopt(inner.context());
  root.cancel(Reason::client_gone);
  CHECK(innermost.stop_requested());
}
