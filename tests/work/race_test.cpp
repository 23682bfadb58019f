#include "desist/race.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"
#include "desist/pool.hpp"

#include "work/request_under_test.hpp"

using namespace desist;
using desist::test::RequestUnderTest;

namespace {

Result<std::string> until_told(const Context& ctx) {
  std::latch told(1);
  const auto hook = on_stop(ctx, [&]() noexcept { told.count_down(); });
  told.wait();
  return cancelled(ctx);
}

}  // namespace

TEST_CASE("the first value wins a race; the others are told that they lost, and waited for") {
  RequestUnderTest request;
  std::latch waiting(2);
  std::atomic<int> returned{0};
  const auto loser = [&](const Context& ctx) -> Result<std::string> {
    waiting.count_down();
    Result<std::string> result = until_told(ctx);
    CHECK(ctx.cause() == Cause{Reason::lost_race, "mirror answered first"});
    ++returned;
    return result;
  };
  const Result<std::string> result =
      race<std::string>(request.ctx, {{"primary", loser},
                                      {"mirror",
                                       [&](const Context&) -> Result<std::string> {
                                         waiting.wait();
                                         return "the answer";
                                       }},
                                      {"archive", loser}});
  CHECK(result == "the answer");
  CHECK(returned == 2);
  const auto workers = request.live->workers();
  REQUIRE(workers.size() == 3);
  for (const WorkerView& worker : workers) {
    CHECK(worker.outcome == (worker.name == "mirror" ? Outcome::finished : Outcome::cancelled));
    CHECK(worker.told.has_value() == (worker.name != "mirror"));
  }
}

TEST_CASE("a failure does not end a race; where all fail the last failure in time is the answer") {
  const Result<int> value = race<int>(
      Context(), {{"broken", [&](const Context&) -> Result<int> { return failure(ErrorCode::failed, "x"); }},
                  {"whole", [&](const Context&) -> Result<int> { return 3; }}});
  CHECK(value == 3);

  RequestUnderTest request;
  const Result<int> none = race<int>(
      request.ctx,
      {{"late",
        [&](const Context&) -> Result<int> {
          // Until the early one has come, and its thread is free again.
          while (request.live->workers_total() < 2 || request.pool.running() > 1) std::this_thread::yield();
          return failure(ErrorCode::too_large, "late");
        }},
       {"early", [&](const Context&) -> Result<int> { return failure(ErrorCode::failed, "early"); }}});
  REQUIRE_FALSE(none.has_value());
  CHECK(none.error().code == ErrorCode::too_large);
}

TEST_CASE("a race without contenders is invalid") {
  const Result<int> result = race<int>(Context(), {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::invalid);
}

TEST_CASE("a race in a Context that has stopped asks nobody") {
  const Scope scope = Context().with_cancel();
  scope.cancel(Reason::shutting_down);
  const Result<int> result = race<int>(scope, {{"a", [](const Context&) -> Result<int> { return 1; }}});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().cause->reason == Reason::shutting_down);
}

TEST_CASE("what a race gives need not be copied") {
  const Result<std::unique_ptr<int>> result = race<std::unique_ptr<int>>(
      Context(),
      {{"a", [](const Context&) -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); }}});
  REQUIRE(result.has_value());
  CHECK(**result == 7);
}

TEST_CASE("contenders that answer at once and a cancel: a value that is there wins, or all were cancelled") {
  Pool pool;
  int values = 0;
  for (int round = 0; round < 3000; ++round) {
    const Scope scope = Context().with_value(keys::pool, &pool).with_cancel();
    std::latch all(3);
    std::atomic<int> answered{0};
    const auto contender = [&](const Context& ctx) -> Result<int> {
      all.arrive_and_wait();
      for (int i = 0; i < round % 50; ++i) {
        if (ctx.stop_requested()) return cancelled(ctx);
      }
      return ++answered;
    };
    const std::jthread canceller([&] {
      all.arrive_and_wait();
      scope.cancel(Reason::client_gone);
    });
    const Result<int> result = race<int>(scope, {{"a", contender}, {"b", contender}});
    REQUIRE(result.has_value() == (answered > 0));
    if (result) ++values;
  }
  CHECK(values > 0);
}
