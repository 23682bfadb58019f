#include "desist/context.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"

using namespace desist;

TEST_CASE("cancelling reaches every descendant, and neither the parent nor a sibling") {
  const Scope root = Context::root();
  const Scope parent = root.context().with_cancel();
  const Scope child = parent.context().with_cancel();
  const Scope sibling = root.context().with_cancel();
  CHECK(parent.cancel(Reason::lost_race, "the other was faster"));
  CHECK(child.stop_requested());
  CHECK(child.cause() == Cause{Reason::lost_race, "the other was faster"});
  CHECK(!root.stop_requested());
  CHECK(!sibling.stop_requested());
}
