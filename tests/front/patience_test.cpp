#include <doctest/doctest.h>

#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

namespace {

/// Says one byte after the other for as long as nobody answers: says whether somebody did.
bool drip(WireClient& client, std::string_view bytes, WireClient::Wait pause) {
  for (const char c : bytes) {
    if (!client.send({&c, 1})) return true;
    if (client.hears(pause)) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a head that takes too long is answered 408, however steadily it drips") {
  const Baseline baseline;
  {
    Limits limits;
    limits.header_timeout = 150ms;
    FrontUnderTest under(limits);
    under.start();
    WireClient client = under.connect();
    const TimePoint start = Clock::now();
    client.send("GET /hello HTTP/1.1\r\nX-Request-Id: drip\r\nX-Long: ");
    CHECK(drip(client, std::string(1000, 'x'), 10ms));
    CHECK(Clock::now() - start < 3s);
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 408);
    CHECK(answer->header("content-type") == "application/problem+json");
    CHECK(answer->header("connection") == "close");
    CHECK(answer->header("x-request-id") == "drip");
    CHECK(client.end() == WireClient::End::closed);
    client.close();
    const auto line = under.log.line();
    REQUIRE(line);
    CHECK(line->status == 408);
    CHECK(line->method == "GET");
    CHECK(line->path == "/hello");
    CHECK_FALSE(line->route);
    CHECK(eventually([&] { return under.front->connections() == 0; }));
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a body that takes too long is answered 408") {
  Limits limits;
  limits.body_timeout = 100ms;
  FrontUnderTest under(limits);
  under.start();
  WireClient client = under.connect();
  client.send("POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  CHECK(drip(client, std::string(1000, 'x'), 10ms));
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 408);
  CHECK(client.end() == WireClient::End::closed);
}

TEST_CASE("a client that says nothing has its connection closed without a word") {
  Limits limits;
  limits.header_timeout = 50ms;
  FrontUnderTest under(limits);
  under.start();
  WireClient client = under.connect();
  CHECK_FALSE(client.answer());
  CHECK(client.end() == WireClient::End::closed);
  CHECK(under.log.count() == 0);
  CHECK(eventually([&] { return under.front->connections() == 0; }));
}

TEST_CASE("a kept connection is closed without a word when it has been idle for long") {
  Limits limits;
  limits.header_timeout = 10s;
  limits.idle_timeout = 1s;  // far more than a busy machine takes from one request to the next
  FrontUnderTest under(limits);
  under.start();
  WireClient client = under.connect();
  for (int i = 0; i < 3; ++i) {
    client.get("/hello");
    REQUIRE(client.answer()->status == 200);
    CHECK_FALSE(client.hears(20ms));
  }
  const TimePoint start = Clock::now();
  CHECK(client.end() == WireClient::End::closed);
  CHECK(Clock::now() - start > 20ms);
  CHECK(under.log.count() == 3);
}

TEST_CASE("the head of a later request has its own time, from its first byte") {
  Limits limits;
  limits.header_timeout = 500ms;
  FrontUnderTest under(limits);
  under.start();
  WireClient client = under.connect();
  client.get("/hello");
  REQUIRE(client.answer()->status == 200);
  CHECK_FALSE(client.hears(700ms));  // idle for longer than a head may take
  client.get("/hello");
  REQUIRE(client.answer()->status == 200);
  client.send("GET /he");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 408);
}

TEST_CASE("a request in flight may take as long as its route lets it") {
  Limits limits;
  limits.header_timeout = 300ms;
  limits.body_timeout = 20ms;
  limits.idle_timeout = 20ms;
  limits.write_timeout = 20ms;
  FrontUnderTest under(limits);
  under.add("/slow", [&](const Context&, const front::Request&) -> Result<front::Answer> {
    under.gate.wait();
    return text("done");
  });
  under.start();
  WireClient client = under.connect();
  client.get("/slow");
  CHECK_FALSE(client.hears(500ms));
  under.gate.open();
  CHECK(client.answer()->body == "done");
}

TEST_CASE("times too long for the clock never run out") {
  Limits limits;
  limits.header_timeout = limits.body_timeout = limits.write_timeout = limits.idle_timeout = Duration::max();
  FrontUnderTest under(limits);
  under.add("/slow", [&](const Context&, const front::Request&) -> Result<front::Answer> {
    return text(std::string(8 * 1024 * 1024, 'x'));
  });
  under.start();
  WireClient client = under.connect();
  CHECK_FALSE(client.hears(50ms));
  client.send("POST /hello HTTP/1.1\r\n");
  CHECK_FALSE(client.hears(50ms));
  client.send("Host: x\r\nContent-Length: 2\r\n\r\n");
  CHECK_FALSE(client.hears(50ms));
  client.send("xx");
  CHECK(client.answer()->status == 200);
  CHECK_FALSE(client.hears(50ms));
  client.get("/slow");
  CHECK(client.answer()->body.size() == 8 * 1024 * 1024);
}

TEST_CASE("a client that does not read its answer in time is cut off") {
  const Baseline baseline;
  {
    Limits limits;
    limits.write_timeout = 100ms;
    FrontUnderTest under(limits);
    under.add("/large", [&](const Context&, const front::Request&) -> Result<front::Answer> {
      return text(std::string(8 * 1024 * 1024, 'z'));
    });
    under.start();
    WireClient client = under.connect(4096);
    client.get("/large");
    CHECK(eventually([&] { return under.front->connections() == 0 && under.log.count() == 1; }));
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK_FALSE(answer->whole);
    CHECK(client.end() == WireClient::End::reset);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
