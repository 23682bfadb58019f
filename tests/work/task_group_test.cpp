#include "desist/task_group.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"
#include "desist/pool.hpp"
#include "desist/worker.hpp"

#include "support/census.hpp"
#include "support/eventually.hpp"
#include "work/request_under_test.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::test::Baseline;
using desist::test::eventually;
using desist::test::RequestUnderTest;

namespace {

static_assert(std::is_constructible_v<TaskGroup, Scope&> && !std::is_constructible_v<TaskGroup, Scope> &&
              !std::is_constructible_v<TaskGroup, const Scope, Until>);

/// Works until it is told.
Result<void> until_told(const Context& ctx) {
  std::latch told(1);
  const auto hook = on_stop(ctx, [&]() noexcept { told.count_down(); });
  told.wait();
  return cancelled(ctx);
}

inline constexpr Key<int> level{"level"};

}  // namespace

TEST_CASE("children run at once, and wait joins them all") {
  Pool pool;
  TaskGroup group(Context().with_value(keys::pool, &pool));
  std::latch meet(3);
  std::atomic<int> finished{0};
  for (const char* name : {"a", "b", "c"}) {
    group.spawn(name, [&](const Context&) -> Result<void> {
      meet.arrive_and_wait();
      ++finished;
      return {};
    });
  }
  CHECK(group.wait().has_value());
  CHECK(finished == 3);
  CHECK(group.wait().has_value());  // again
  group.spawn("later", [&](const Context&) -> Result<void> { return failure(ErrorCode::failed, "x"); });
  CHECK_FALSE(group.wait().has_value());
}

TEST_CASE("the first failure is the group's, and cancels the rest, saying who failed") {
  RequestUnderTest request;
  TaskGroup group(request.ctx);
  std::optional<Cause> seen;
  std::latch waiting(1);
  group.spawn("prices", [&](const Context& ctx) -> Result<void> {
    waiting.count_down();
    Result<void> result = until_told(ctx);
    seen = ctx.cause();
    return result;
  });
  group.spawn("orders", [&](const Context&) -> Result<void> {
    waiting.wait();
    return failure(ErrorCode::failed, "no such table");
  });
  const Result<void> result = group.wait();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message == "no such table");
  CHECK(seen == Cause{Reason::sibling_failed, "orders failed: no such table"});
  CHECK_FALSE(request.ctx.stop_requested());  // never the parent
}

TEST_CASE(
    "the child that failed is listed as failed and was never told; its sibling is listed as cancelled") {
  RequestUnderTest request;
  {
    TaskGroup group(request.ctx);
    std::latch waiting(1);
    group.spawn("prices", [&](const Context& ctx) -> Result<void> {
      waiting.count_down();
      return until_told(ctx);
    });
    waiting.wait();
    group.spawn("orders",
                [&](const Context&) -> Result<void> { return failure(ErrorCode::failed, "broken"); });
    CHECK_FALSE(group.wait().has_value());
  }
  const auto workers = request.live->workers();
  REQUIRE(workers.size() == 2);
  CHECK(workers[0].name == "prices");
  CHECK(workers[0].kind == "task");
  CHECK(workers[0].outcome == Outcome::cancelled);
  CHECK(workers[0].told.has_value());
  CHECK(workers[1].name == "orders");
  CHECK(workers[1].outcome == Outcome::failed);
  CHECK_FALSE(workers[1].told.has_value());
  REQUIRE(request.listener.of(EventKind::told).size() == 1);
}

TEST_CASE("a task that throws fails its group, and the program goes on") {
  TaskGroup group{Context()};
  group.spawn("thrower", [](const Context&) -> Result<void> { throw std::runtime_error("out of paper"); });
  const Result<void> result = group.wait();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::failed);
  CHECK(result.error().message == "threw: out of paper");
  TaskGroup other{Context()};
  other.spawn("odd", [](const Context&) -> Result<void> { throw 7; });
  CHECK(other.wait().error().message == "threw something that is no std::exception");
}

TEST_CASE("where no thread is to be had the group fails as overloaded, and what runs is cancelled") {
  Pool pool({.max_threads = 1});
  TaskGroup group(Context().with_value(keys::pool, &pool));
  std::latch waiting(1);
  group.spawn("first", [&](const Context& ctx) -> Result<void> {
    waiting.count_down();
    return until_told(ctx);
  });
  waiting.wait();
  group.spawn("second", [](const Context&) -> Result<void> { return {}; });
  const Result<void> result = group.wait();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::overloaded);
}

TEST_CASE("in a group that has stopped a child does not start, and wait says cancelled") {
  const Scope scope = Context().with_cancel();
  scope.cancel(Reason::client_gone);
  TaskGroup group(scope);
  bool ran = false;
  group.spawn("late", [&](const Context&) -> Result<void> {
    ran = true;
    return {};
  });
  const Result<void> result = group.wait();
  CHECK_FALSE(ran);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK(result.error().cause->reason == Reason::client_gone);
}

TEST_CASE("children that all finished are a success, though the Context stops at the last moment") {
  const Scope scope = Context().with_cancel();
  TaskGroup group(scope);
  group.spawn("quick", [&](const Context& ctx) -> Result<void> {
    scope.cancel(Reason::client_gone);
    CHECK(ctx.stop_requested());
    return {};
  });
  CHECK(group.wait().has_value());
}

TEST_CASE("a cancelled parent reaches the children, and they say so") {
  const Scope scope = Context().with_cancel();
  TaskGroup group(scope);
  std::latch waiting(2);
  for (const char* name : {"a", "b"}) {
    group.spawn(name, [&](const Context& ctx) -> Result<void> {
      waiting.count_down();
      return until_told(ctx);
    });
  }
  waiting.wait();
  scope.cancel(Reason::deadline_exceeded);
  const Result<void> result = group.wait();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().cause->reason == Reason::deadline_exceeded);
}

TEST_CASE("the end of a group cancels what still runs and joins it") {
  const Baseline baseline;
  std::atomic<int> ended{0};
  {
    Pool pool;
    {
      TaskGroup group(Context().with_value(keys::pool, &pool));
      for (int i = 0; i < 10; ++i) {
        group.spawn("waits", [&](const Context& ctx) -> Result<void> {
          Result<void> result = until_told(ctx);
          CHECK(ctx.cause()->reason == Reason::cancelled);
          ++ended;
          return result;
        });
      }
    }
    CHECK(ended == 10);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("what a child captured is gone when the group has been waited for") {
  for (int round = 0; round < 1000; ++round) {
    auto captured = std::make_shared<int>(1);
    const std::weak_ptr<int> watch = captured;
    TaskGroup group{Context()};
    group.spawn("holds", [captured = std::move(captured)](const Context&) -> Result<void> {
      CHECK(*captured == 1);
      return {};
    });
    CHECK(group.wait().has_value());
    CHECK(watch.expired());
  }
}

TEST_CASE("a child may spawn siblings, and children have groups of their own") {
  std::atomic<int> ran{0};
  TaskGroup group{Context()};
  group.spawn("first", [&](const Context&) -> Result<void> {
    group.spawn("second", [&](const Context& ctx) -> Result<void> {
      TaskGroup inner(ctx);
      for (int i = 0; i < 5; ++i) {
        inner.spawn("leaf", [&](const Context&) -> Result<void> {
          ++ran;
          return {};
        });
      }
      return inner.wait();
    });
    return {};
  });
  CHECK(group.wait().has_value());
  CHECK(ran == 5);
}

TEST_CASE("values reach the last dependant, and its work is listed under the request") {
  RequestUnderTest request;
  int seen = 0;
  TaskGroup outer(request.ctx.with_value(level, 42));
  outer.spawn("outer", [&](const Context& ctx) -> Result<void> {
    TaskGroup inner(ctx);
    inner.spawn("inner", [&](const Context& deep) -> Result<void> {
      seen = *deep.value(level);
      CHECK(&pool_of(deep) == &request.pool);
      return {};
    });
    return inner.wait();
  });
  CHECK(outer.wait().has_value());
  CHECK(seen == 42);
  REQUIRE(request.live->workers().size() == 2);
  CHECK(request.live->workers()[1].name == "inner");
}

TEST_CASE("a child whose name its work repeats is listed once, as that work") {
  RequestUnderTest request;
  TaskGroup group(request.ctx);
  group.spawn("orders", [](const Context& ctx) -> Result<void> {
    Worker source(ctx, "orders", "sqlite");
    return source.done(Result<void>());
  });
  CHECK(group.wait().has_value());
  REQUIRE(request.live->workers().size() == 1);
  CHECK(request.live->workers()[0].kind == "sqlite");
  CHECK(request.live->workers()[0].outcome == Outcome::finished);
}

TEST_CASE("two failures at once: one is the group's, and each child is listed as failed or as told") {
  for (int round = 0; round < 1000; ++round) {
    RequestUnderTest request;
    std::latch both(2);
    TaskGroup group(request.ctx);
    for (const char* name : {"a", "b"}) {
      group.spawn(name, [&, name](const Context&) -> Result<void> {
        both.arrive_and_wait();
        return failure(ErrorCode::failed, name);
      });
    }
    const Result<void> result = group.wait();
    REQUIRE_FALSE(result.has_value());
    const std::string first = result.error().message;
    CHECK((first == "a" || first == "b"));
    CHECK(group.context().cause() == Cause{Reason::sibling_failed, first + " failed: " + first});
    for (const WorkerView& worker : request.live->workers()) {
      CHECK(worker.outcome == Outcome::failed);
      if (worker.name == first) CHECK_FALSE(worker.told.has_value());
    }
  }
}

TEST_CASE("work that finishes at the moment of the cancel is either finished or cancelled, never both") {
  int finished = 0;
  int given_up = 0;
  Pool pool;
  for (int round = 0; round < 5000; ++round) {
    const Scope scope = Context().with_value(keys::pool, &pool).with_cancel();
    TaskGroup group(scope);
    std::latch both(2);
    std::atomic<bool> done{false};
    group.spawn("fetch", [&](const Context& ctx) -> Result<void> {
      both.arrive_and_wait();
      for (int i = 0; i < round % 64; ++i) {
        if (ctx.stop_requested()) return cancelled(ctx);
      }
      done = true;
      return {};
    });
    both.arrive_and_wait();
    scope.cancel(Reason::client_gone);
    const Result<void> result = group.wait();
    REQUIRE(result.has_value() == done);
    if (result) {
      ++finished;
    } else {
      ++given_up;
      REQUIRE(result.error().cause->reason == Reason::client_gone);
    }
  }
  CHECK(finished + given_up == 5000);
  CHECK(finished > 0);
  CHECK(given_up > 0);
}
