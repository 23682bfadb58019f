#include <doctest/doctest.h>

#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

TEST_CASE("data arrives and is returned") {
  const Baseline baseline;
  {
    FrontUnderTest under;
    under.add("/echo", [](const Context& ctx, const front::Request& request) -> Result<front::Answer> {
      return text(std::string(request.method) + " " + std::string(request.query) + " " +
                  std::string(request.body) + " " + std::string(request.header("x-colour")) + " " +
                  *ctx.value(keys::request_id) + " " +
                  std::to_string(*ctx.value(keys::client) == request.client));
    });
    under.start();
    WireClient client = under.connect();
    client.send(
        "POST /echo?a=1&b HTTP/1.1\r\nHost: x\r\nX-Colour: blue\r\nX-Request-Id: mine.1\r\nContent-Length: "
        "4\r\n\r\nbody");
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->whole);
    CHECK(answer->body == "POST a=1&b body blue mine.1 1");
    CHECK(answer->header("x-request-id") == "mine.1");
    CHECK(answer->header("content-type") == "text/plain");
    CHECK(answer->header("connection").empty());
    const auto line = under.log.line();
    REQUIRE(line);
    CHECK(line->status == 200);
    CHECK(line->route == "/echo");
    CHECK(line->path == "/echo");
    CHECK_FALSE(line->cause);
    REQUIRE(line->workers.size() == 1);
    CHECK(line->workers[0].name == "/echo");
    CHECK(line->workers[0].kind == "handler");
    CHECK(line->workers[0].outcome == Outcome::finished);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a connection serves one request after the other") {
  FrontUnderTest under;
  under.start();
  WireClient client = under.connect();
  for (int i = 0; i < 100; ++i) {
    client.get("/hello");
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->body == "hello");
  }
  CHECK(under.front->connections() == 1);
}
