#include <atomic>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"

#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

namespace {

Handler failing(ErrorCode code) {
  return [code](const Context&, const front::Request&) -> Result<front::Answer> {
    return failure(code, "secret: exit status 3");
  };
}

}  // namespace

TEST_CASE("when time runs out the answer is 504 at that moment, though the work is stubborn") {
  const Baseline baseline;
  {
    Limits limits;
    limits.max_in_flight = 1;
    FrontUnderTest under(limits);
    under.add("/stubborn",
              [&](const Context&, const front::Request&) -> Result<front::Answer> {
                under.gate.wait();
                return text("late");
              },
              {.timeout = 50ms});
    under.start();
    WireClient client = under.connect();
    client.get("/stubborn", "X-Request-Id: late-1\r\n");
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 504);
    CHECK(answer->whole);
    CHECK(answer->header("content-type") == "application/problem+json");
    CHECK(answer->header("x-request-id") == "late-1");
    CHECK(answer->header("connection") == "close");
    CHECK(answer->body.find("late-1") != std::string::npos);
    CHECK(client.end() == WireClient::End::closed);
    client.close();
    CHECK(eventually([&] { return under.front->connections() == 0; }));

    // Answered, and gone from the connection; but it works on, and holds its place.
    CHECK(under.gate.waiting() == 1);
    CHECK(under.tree.in_flight() == 1);
    CHECK(under.log.count() == 0);
    WireClient second = under.connect();
    second.get("/hello");
    const auto full = second.answer();
    REQUIRE(full);
    CHECK(full->status == 503);
    CHECK(full->header("retry-after") == "1");

    under.gate.open();
    REQUIRE(eventually([&] { return under.tree.in_flight() == 0; }));
    second.get("/hello");
    const auto recovered = second.answer();
    REQUIRE(recovered);
    CHECK(recovered->status == 200);
    for (const Closed& line : under.log.closed()) {
      if (line.path != "/stubborn") continue;
      CHECK(line.status == 504);
      REQUIRE(line.cause);
      CHECK(line.cause->reason == Reason::deadline_exceeded);
      CHECK(line.workers.at(0).outcome == Outcome::finished);
    }
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("the 504 does not wait for a stop hook of the work that blocks") {
  FrontUnderTest under;
  under.add("/hooked",
            [&](const Context& ctx, const front::Request&) -> Result<front::Answer> {
              std::atomic<bool> hooked{false};  // and not the gate's count: the hook may have come and gone
              const auto hook = on_stop(ctx, [&]() noexcept {
                hooked = true;
                under.gate.wait();
              });
              while (!hooked) std::this_thread::yield();
              return cancelled(ctx);
            },
            {.timeout = 20ms});
  under.start();
  WireClient client = under.connect();
  client.get("/hooked");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 504);
  CHECK(eventually([&] { return under.gate.waiting() == 1; }));
}

TEST_CASE("work that finishes as its time runs out gives one answer, and the log agrees with it") {
  FrontUnderTest under;
  under.add("/close",
            [&](const Context& ctx, const front::Request&) -> Result<front::Answer> {
              while (Clock::now() < *ctx.deadline()) {
              }
              return text("done");
            },
            {.timeout = 1ms});
  under.start();
  constexpr std::size_t rounds = 1000;
  std::size_t in_time = 0;
  for (std::size_t i = 1; i <= rounds; ++i) {
    WireClient client = under.connect();
    client.get("/close");
    const auto answer = client.answer();
    REQUIRE(answer);
    REQUIRE(answer->whole);
    const auto line = under.log.line(i);
    REQUIRE(line);
    REQUIRE(line->status == answer->status);
    if (answer->status == 200) {
      ++in_time;
      CHECK_FALSE(line->cause);
      CHECK(answer->body == "done");
    } else {
      CHECK(answer->status == 504);
      CHECK(line->cause);
      CHECK(client.end() == WireClient::End::closed);
    }
  }
  MESSAGE(in_time, " of ", rounds, " in time");
}

TEST_CASE("an operator's cancel is answered with 503, and the connection closes") {
  FrontUnderTest under;
  under.add("/slow", [&](const Context& ctx, const front::Request&) -> Result<front::Answer> {
    under.gate.wait(ctx);
    return cancelled(ctx);
  });
  under.start();
  WireClient client = under.connect();
  client.get("/slow", "X-Request-Id: a\r\n");
  REQUIRE(eventually([&] { return under.gate.waiting() == 1; }));
  CHECK(under.tree.cancel("a", Reason::operator_cancelled) == 1);
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->header("retry-after") == "1");
  CHECK(client.end() == WireClient::End::closed);
  CHECK(under.log.line()->cause->reason == Reason::operator_cancelled);
}

TEST_CASE("a handler's error becomes its answer, and says nothing of what is inside") {
  FrontUnderTest under;
  under.add("/failed", failing(ErrorCode::failed));
  under.add("/too_large", failing(ErrorCode::too_large));
  under.add("/overloaded", failing(ErrorCode::overloaded));
  under.add("/invalid", failing(ErrorCode::invalid));
  under.add("/throws", [](const Context&, const front::Request&) -> Result<front::Answer> {
    throw std::runtime_error("secret: thrown");
  });
  under.add("/inner_deadline", [](const Context& ctx, const front::Request&) -> Result<front::Answer> {
    const Scope scope = ctx.with_timeout(Duration::zero());
    return cancelled(scope);
  });
  under.add("/inner_cancel", [](const Context& ctx, const front::Request&) -> Result<front::Answer> {
    const Scope scope = ctx.with_cancel();
    scope.cancel(Reason::sibling_failed);
    return cancelled(scope);
  });
  under.start();
  WireClient client = under.connect();
  const std::map<std::string, int> expected = {
      {"/failed", 502}, {"/too_large", 502},      {"/overloaded", 503},   {"/invalid", 400},
      {"/throws", 502}, {"/inner_deadline", 504}, {"/inner_cancel", 503}, {"/nowhere", 404}};
  for (const auto& one : expected) {
    const auto& [path, status] = one;
    CAPTURE(one.first);
    client.get(path);
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == status);
    CHECK(answer->header("content-type") == "application/problem+json");
    CHECK(answer->header("x-request-id").size() == 16);
    CHECK(answer->body.find("secret") == std::string::npos);
    CHECK((answer->header("retry-after") == "1") == (status == 503));
  }
  CHECK(under.front->connections() == 1);
  for (const Closed& line : under.log.closed()) {
    CHECK(line.status == expected.at(line.path));
    CHECK_FALSE(line.cause);
    CHECK(line.route.has_value() == (line.path != "/nowhere"));
  }
}

TEST_CASE("a full server answers 503 on a kept connection, and serves again when there is room") {
  Limits limits;
  limits.max_in_flight = 2;
  FrontUnderTest under(limits);
  under.add("/slow", [&](const Context& ctx, const front::Request&) -> Result<front::Answer> {
    under.gate.wait(ctx);
    return text("done");
  });
  under.start();
  WireClient first = under.connect();
  WireClient second = under.connect();
  WireClient third = under.connect();
  first.get("/slow");
  second.get("/slow");
  REQUIRE(eventually([&] { return under.gate.waiting() == 2; }));
  for (int i = 0; i < 10; ++i) {
    third.get("/hello");
    const auto answer = third.answer();
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(answer->header("retry-after") == "1");
    CHECK(answer->header("connection").empty());
    third.get("/nowhere");  // an answer without work takes no place
    CHECK(third.answer()->status == 404);
  }
  under.gate.open();
  CHECK(first.answer()->status == 200);
  third.get("/hello");
  CHECK(third.answer()->status == 200);
}

TEST_CASE("a client that has its answer finds the place free again") {
  Limits limits;
  limits.max_in_flight = 1;
  FrontUnderTest under(limits);
  under.start();
  WireClient first = under.connect();
  WireClient second = under.connect();
  for (int i = 0; i < 500; ++i) {
    WireClient& client = i % 2 == 0 ? first : second;
    client.get("/hello");
    const auto answer = client.answer();
    REQUIRE(answer);
    REQUIRE(answer->status == 200);
    CHECK(under.tree.in_flight() == 0);
  }
}

TEST_CASE("without a thread to leave waiting, a request is answered 503 and the front stays alert") {
  FrontUnderTest under({}, {.max_threads = 4});
  under.add("/slow", [&](const Context& ctx, const front::Request&) -> Result<front::Answer> {
    under.gate.wait(ctx);
    return text("done");
  });
  under.start();
  std::vector<WireClient> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(under.connect());
    slow.back().get("/slow");
  }
  REQUIRE(eventually([&] { return under.gate.waiting() == 3; }));
  WireClient client = under.connect();
  client.get("/hello");
  CHECK(client.answer()->status == 503);
  client.get("/nowhere");
  CHECK(client.answer()->status == 404);
  under.gate.open();
  for (WireClient& each : slow) CHECK(each.answer()->status == 200);
  client.get("/hello");
  CHECK(client.answer()->status == 200);
}
