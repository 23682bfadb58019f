#include <system_error>

#include <doctest/doctest.h>

#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

namespace {

struct SlowFront : FrontUnderTest {
  SlowFront() {
    add("/slow", [this](const Context& ctx, const front::Request&) -> Result<front::Answer> {
      gate.wait(ctx);
      if (ctx.stop_requested()) return cancelled(ctx);
      return text("done");
    });
    start();
  }
  [[nodiscard]] bool slow_runs() const {
    return eventually([&] { return gate.waiting() == 1; });
  }
};

}  // namespace

TEST_CASE("a front that drains refuses newcomers, closes idle connections, and finishes what is in flight") {
  const Baseline baseline;
  {
    SlowFront under;
    WireClient idle = under.connect();
    idle.get("/hello");
    REQUIRE(idle.answer());
    WireClient fresh = under.connect();
    REQUIRE(eventually([&] { return under.front->connections() == 2; }));
    WireClient busy = under.connect();
    busy.get("/slow");
    REQUIRE(under.slow_runs());

    under.front->drain();
    CHECK(idle.end() == WireClient::End::closed);
    CHECK(fresh.end() == WireClient::End::closed);
    CHECK_THROWS_AS((void)under.connect(), std::system_error);
    CHECK_FALSE(under.front->wait_closed(Clock::now()));
    CHECK(under.gate.waiting() == 1);

    under.gate.open();
    const auto answer = busy.answer();
    REQUIRE(answer);
    CHECK(answer->body == "done");
    CHECK(answer->header("connection") == "close");
    CHECK(busy.end() == WireClient::End::closed);
    busy.close();
    CHECK(under.front->wait_closed(Clock::now() + 10s));
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a request that completes while the front drains is answered 503 and not run") {
  SlowFront under;
  WireClient client = under.connect();
  client.send("GET /slow HTTP/1.1\r\nHo");
  WireClient busy = under.connect();
  busy.get("/slow");
  REQUIRE(under.slow_runs());
  under.front->drain();
  client.send("st: x\r\n\r\n");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 503);
  CHECK(answer->header("connection") == "close");
  CHECK(answer->header("retry-after") == "1");
  CHECK(client.end() == WireClient::End::closed);
  CHECK(under.gate.waiting() == 1);
  CHECK(under.log.line()->status == 503);
}

TEST_CASE("what is cancelled at the end of a drain is answered 503, and everything closes") {
  const Baseline baseline;
  {
    SlowFront under;
    WireClient client = under.connect();
    client.get("/slow");
    REQUIRE(under.slow_runs());
    under.front->drain();
    under.tree.cancel_all(Reason::shutting_down);
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(client.end() == WireClient::End::closed);
    client.close();
    CHECK(under.front->wait_closed(Clock::now() + 10s));
    const auto line = under.log.line();
    REQUIRE(line);
    CHECK(line->status == 503);
    CHECK(line->cause->reason == Reason::shutting_down);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a front that goes takes every connection with it, in whatever state") {
  const Baseline baseline;
  {
    std::vector<WireClient> clients;
    {
      Limits limits;
      FrontUnderTest under(limits);
      under.add("/large", [&](const Context&, const front::Request&) -> Result<front::Answer> {
        return text(std::string(8 * 1024 * 1024, 'z'));
      });
      under.start();
      for (int i = 0; i < 40; ++i) {
        clients.push_back(under.connect(4096));
        WireClient& client = clients.back();
        if (i % 4 == 1) client.send("GET /hello HTTP/1.1\r\nHo");
        if (i % 4 == 2) client.get("/large");
        if (i % 4 == 3) client.send("nonsense\r\n\r\n");
      }
      CHECK(eventually([&] { return under.front->connections() == 40 && under.tree.in_flight() == 0; }));
    }
    for (WireClient& client : clients) CHECK(client.end() != WireClient::End::open);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a front that was never started goes without a trace") {
  const Baseline baseline;
  {
    FrontUnderTest under;
    Journal journal;
    LiveTree tree(journal, {});
    TestService service;
    const front::Front unused({.port = 0, .limits = {}}, service, tree, under.pool());
    CHECK(unused.port() != 0);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
