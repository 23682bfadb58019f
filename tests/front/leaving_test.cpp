#include <doctest/doctest.h>

#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

namespace {

constexpr std::string_view next_request = "GET /next HTTP/1.1\r\nHost: test\r\n\r\n";

enum class Way { fin, reset, half_close };

void leave(WireClient& client, Way way) {
  switch (way) {
    case Way::fin:
      return client.close();
    case Way::reset:
      return client.reset();
    case Way::half_close:
      return client.half_close();
  }
}

/// "/slow" works until it is told; "/next" counts how often it runs.
struct SlowFront : FrontUnderTest {
  explicit SlowFront(front::Work work = {}, Limits limits = {}) : FrontUnderTest(limits) {
    add(
        "/slow",
        [this](const Context& ctx, const front::Request&) -> Result<front::Answer> {
          gate.wait(ctx);
          if (ctx.stop_requested()) return cancelled(ctx);
          return text("done");
        },
        std::move(work));
    add("/next", [this](const Context&, const front::Request&) -> Result<front::Answer> {
      ++next;
      return text("next");
    });
    start();
  }
  [[nodiscard]] bool slow_runs(std::size_t count = 1) const {
    return eventually([&] { return gate.waiting() == count; }, 60s);
  }
  [[nodiscard]] bool nobody_connected() const {
    return eventually([&] { return front->connections() == 0; });
  }

  std::atomic<int> next{0};
};

void check_told(const std::optional<Closed>& line) {
  REQUIRE(line);
  CHECK(line->path == "/slow");
  CHECK(line->status == 499);
  REQUIRE(line->cause);
  CHECK(line->cause->reason == Reason::client_gone);
  REQUIRE(line->workers.size() == 1);
  CHECK(line->workers[0].outcome == Outcome::cancelled);
  CHECK(line->workers[0].told);
}

}  // namespace

TEST_CASE("a client that leaves has its work told, however it leaves") {
  for (const Way way : {Way::fin, Way::reset, Way::half_close}) {
    CAPTURE(static_cast<int>(way));
    const Baseline baseline;
    {
      SlowFront under;
      WireClient client = under.connect();
      client.get("/slow");
      REQUIRE(under.slow_runs());
      leave(client, way);
      check_told(under.log.line());
      CHECK(under.nobody_connected());
    }
    CHECK_MESSAGE(baseline.settled(), baseline.text());
  }
}

TEST_CASE("the connection of a client that left closes, though the work is stubborn") {
  for (const Way way : {Way::fin, Way::reset, Way::half_close}) {
    CAPTURE(static_cast<int>(way));
    FrontUnderTest under;
    under.add("/stubborn", [&](const Context& ctx, const front::Request&) -> Result<front::Answer> {
      under.gate.wait();
      return cancelled(ctx);
    });
    under.start();
    WireClient client = under.connect();
    client.get("/stubborn");
    REQUIRE(eventually([&] { return under.gate.waiting() == 1; }));
    leave(client, way);
    CHECK(eventually([&] { return under.front->connections() == 0; }));
    if (way == Way::half_close) CHECK(client.end() == WireClient::End::closed);
    CHECK(under.log.told() == 1);
    CHECK(under.log.count() == 0);
    under.gate.open();
    CHECK(under.log.line()->status == 499);
  }
}

TEST_CASE("a request that waits behind, in the same segment, goes with the client that leaves") {
  for (const Way way : {Way::fin, Way::reset, Way::half_close}) {
    CAPTURE(static_cast<int>(way));
    SlowFront under;
    WireClient client = under.connect();
    client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n" + std::string(next_request));
    REQUIRE(under.slow_runs());
    leave(client, way);
    check_told(under.log.line());
    CHECK(under.nobody_connected());
    CHECK(under.next == 0);
    CHECK(under.log.count() == 1);
  }
}

TEST_CASE("a request that waits behind, in a later segment, goes with the client that leaves") {
  for (const Way way : {Way::fin, Way::reset, Way::half_close}) {
    CAPTURE(static_cast<int>(way));
    SlowFront under;
    WireClient client = under.connect();
    client.get("/slow");
    REQUIRE(under.slow_runs());
    client.send(next_request);
    leave(client, way);
    check_told(under.log.line());
    CHECK(under.nobody_connected());
    CHECK(under.next == 0);
    CHECK(under.log.count() == 1);
  }
}

TEST_CASE("a route can take a client that shuts down writing for one that waits") {
  SlowFront under({.half_close = HalfClose::keep});
  WireClient client = under.connect();
  client.get("/slow");
  REQUIRE(under.slow_runs());
  client.half_close();
  CHECK_FALSE(client.hears(50ms));
  under.gate.open();
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "done");
  CHECK(client.end() == WireClient::End::closed);
  const auto line = under.log.line();
  REQUIRE(line);
  CHECK(line->status == 200);
  CHECK_FALSE(line->cause);
}

TEST_CASE("a client that half-closed and then resets is gone for every route") {
  SlowFront under({.half_close = HalfClose::keep});
  WireClient client = under.connect();
  client.get("/slow");
  REQUIRE(under.slow_runs());
  client.half_close();
  client.reset();
  check_told(under.log.line());
}

TEST_CASE("a request whose client is gone by the time it comes first is told and not run") {
  SlowFront under({.half_close = HalfClose::keep});
  WireClient client = under.connect();
  client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n" + std::string(next_request) +
              std::string(next_request));
  REQUIRE(under.slow_runs());
  client.half_close();
  under.gate.open();
  const auto line = under.log.line(2);
  REQUIRE(line);
  CHECK(line->path == "/next");
  CHECK(line->status == 499);
  REQUIRE(line->cause);
  CHECK(line->cause->reason == Reason::client_gone);
  CHECK(line->workers.empty());
  CHECK(under.nobody_connected());
  CHECK(under.next == 0);
  CHECK(under.log.count() == 2);
}

TEST_CASE("a finish route runs to its end for a client that has left") {
  for (const Way way : {Way::fin, Way::reset, Way::half_close}) {
    CAPTURE(static_cast<int>(way));
    SlowFront under({.on_disconnect = OnDisconnect::finish});
    WireClient client = under.connect();
    client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n" + std::string(next_request));
    REQUIRE(under.slow_runs());
    leave(client, way);
    CHECK(under.nobody_connected());
    CHECK(under.log.count() == 0);
    CHECK(under.gate.waiting() == 1);
    under.gate.open();
    const auto line = under.log.line();
    REQUIRE(line);
    CHECK(line->status == 499);
    CHECK_FALSE(line->cause);
    CHECK(line->workers.at(0).outcome == Outcome::finished);
    CHECK(under.next == 0);
  }
}

TEST_CASE("a finish route whose client has left is still stopped by its deadline") {
  SlowFront under({.timeout = 100ms, .on_disconnect = OnDisconnect::finish});
  WireClient client = under.connect();
  client.get("/slow");
  REQUIRE(under.slow_runs());
  client.close();
  CHECK(under.nobody_connected());
  const auto line = under.log.line();
  REQUIRE(line);
  CHECK(line->status == 499);
  REQUIRE(line->cause);
  CHECK(line->cause->reason == Reason::deadline_exceeded);
}

TEST_CASE("a client that sends far ahead of its answer is let go") {
  Limits limits;
  limits.max_unread = 16 * 1024;
  SlowFront under({}, limits);
  WireClient client = under.connect();
  client.get("/slow");
  REQUIRE(under.slow_runs());
  client.send(std::string(10 * 1024, 'x'));
  CHECK_FALSE(eventually([&] { return under.log.count() > 0; }, 50ms));
  client.send(std::string(10 * 1024, 'x'));
  const auto line = under.log.line();
  check_told(line);
  CHECK(line->cause->detail.find("ahead") != std::string::npos);
  CHECK(client.end() == WireClient::End::reset);
}

TEST_CASE("a client that sent far ahead in the same segment is let go before its work starts") {
  Limits limits;
  limits.max_unread = 1024;
  SlowFront under({}, limits);
  WireClient client = under.connect();
  client.send("GET /slow HTTP/1.1\r\nHost: test\r\n\r\n" + std::string(60 * 1024, 'x'));
  const auto line = under.log.line();
  REQUIRE(line);
  CHECK(line->status == 499);
}

TEST_CASE("work that finishes while its client leaves is either finished or cancelled, never both") {
  FrontUnderTest under;
  std::atomic<int> running{0};
  std::atomic<int> go{0};
  under.add("/work", [&](const Context& ctx, const front::Request&) -> Result<front::Answer> {
    const int turn = ++running;
    while (go < turn && !ctx.stop_requested()) {
    }
    return text("done");
  });
  under.start();
  constexpr int rounds = 3000;
  for (int i = 1; i <= rounds; ++i) {
    WireClient client = under.connect();
    client.get("/work");
    REQUIRE(eventually([&] { return running == i; }));
    if (i % 2 == 0) {
      go = i;
      client.close();
    } else {
      client.close();
      go = i;
    }
    REQUIRE(under.log.line(static_cast<std::size_t>(i)));
  }
  int finished = 0;
  for (const Closed& line : under.log.closed()) {
    CHECK(line.status == (line.cause ? 499 : 200));
    if (!line.cause) ++finished;
  }
  MESSAGE("finished ", finished, " of ", rounds);
  CHECK(eventually([&] { return under.front->connections() == 0; }));
}

TEST_CASE("of a thousand clients that leave at once, each has its work told") {
  const Baseline baseline;
  {
    Limits limits;
    limits.max_in_flight = 2000;
    SlowFront under({}, limits);
    constexpr std::size_t count = 1000;
    std::vector<WireClient> clients;
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(under.connect());
      clients.back().get("/slow");
    }
    REQUIRE(under.slow_runs(count));
    clients.clear();
    REQUIRE(under.log.line(count));
    for (const Closed& line : under.log.closed()) CHECK(line.status == 499);
    CHECK(under.nobody_connected());
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
