#include <doctest/doctest.h>

#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

namespace {

std::string plain_get(std::string_view target) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

/// "/echo" says back what it was asked; counts its runs.
struct EchoFront : FrontUnderTest {
  explicit EchoFront(Limits limits = {}) : FrontUnderTest(limits) {
    add("/echo", [this](const Context&, const front::Request& request) -> Result<front::Answer> {
      ++runs;
      return text(std::string(request.query) + std::string(request.body));
    });
    start();
  }
  std::atomic<int> runs{0};
};

}  // namespace

TEST_CASE("data arrives and is returned") {
  const Baseline baseline;
  {
    FrontUnderTest under;
    under.add("/all", [](const Context& ctx, const front::Request& request) -> Result<front::Answer> {
      front::Answer answer = text(std::string(request.method) + " " + std::string(request.query) + " " +
                                  std::string(request.body) + " " + std::string(request.header("x-colour")) +
                                  " " + *ctx.value(keys::request_id) + " " + *ctx.value(keys::traceparent));
      answer.headers = {{"X-Extra", "yes"}, {"Content-Length", "1"}, {"X-Split", "a\r\nX-Injected: b"}};
      CHECK(*ctx.value(keys::client) == request.client);
      CHECK(pool_of(ctx).running() > 0);
      return answer;
    });
    under.start();
    WireClient client = under.connect();
    client.send(
        "POST /all?a=1&b HTTP/1.1\r\nHost: x\r\nX-Colour: blue\r\nX-Request-Id: mine.1\r\nContent-Length: "
        "4\r\n"
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\nbody");
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->whole);
    CHECK(answer->body ==
          "POST a=1&b body blue mine.1 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    CHECK(answer->header("x-request-id") == "mine.1");
    CHECK(answer->header("content-type") == "text/plain");
    CHECK(answer->header("x-extra") == "yes");
    CHECK(answer->header("date").size() == 29);
    CHECK(answer->headers.count("x-injected") == 0);
    CHECK(answer->headers.count("connection") == 0);
    CHECK(answer->headers.count("keep-alive") == 0);
    const auto line = under.log.line();
    REQUIRE(line);
    CHECK(line->status == 200);
    CHECK(line->method == "POST");
    CHECK(line->route == "/all");
    CHECK(line->path == "/all");
    CHECK_FALSE(line->cause);
    REQUIRE(line->workers.size() == 1);
    CHECK(line->workers[0].name == "/all");
    CHECK(line->workers[0].kind == "handler");
    CHECK(line->workers[0].outcome == Outcome::finished);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a connection serves one request after the other") {
  EchoFront under;
  WireClient client = under.connect();
  for (int i = 0; i < 100; ++i) {
    client.get("/echo?" + std::to_string(i));
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->body == std::to_string(i));
  }
  CHECK(under.front->connections() == 1);
}

TEST_CASE("a hundred pipelined requests are answered in their order, and none is lost") {
  EchoFront under;
  for (const std::size_t cut : {std::size_t{1} << 20U, std::size_t{700}, std::size_t{33}}) {
    CAPTURE(cut);
    WireClient client = under.connect();
    std::string all;
    for (int i = 0; i < 100; ++i) all += plain_get("/echo?" + std::to_string(i));
    for (std::size_t at = 0; at < all.size(); at += cut) client.send(std::string_view(all).substr(at, cut));
    for (int i = 0; i < 100; ++i) {
      const auto answer = client.answer();
      REQUIRE(answer);
      REQUIRE(answer->body == std::to_string(i));
    }
  }
}

TEST_CASE("a request that comes byte by byte is served like any other") {
  EchoFront under;
  WireClient client = under.connect();
  for (const char c : std::string(
           "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")) {
    client.send({&c, 1});
  }
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->body == "abc");
}

TEST_CASE("an answer larger than any buffer arrives whole") {
  FrontUnderTest under;
  std::string large(8 * 1024 * 1024, '.');
  for (std::size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>('a' + i % 26);
  under.add("/large",
            [&](const Context&, const front::Request&) -> Result<front::Answer> { return text(large); });
  under.start();
  WireClient client = under.connect(4096);
  for (int i = 0; i < 2; ++i) {
    client.get("/large");
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->whole);
    CHECK((answer->body == large));
  }
}

TEST_CASE("a body that the client offers first is asked for with 100") {
  EchoFront under;
  WireClient client = under.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  const auto interim = client.answer();
  REQUIRE(interim);
  CHECK(interim->status == 100);
  CHECK(under.runs == 0);
  client.send("hello");
  CHECK(client.answer()->body == "hello");
}

TEST_CASE("an HTTP/1.0 client has its connection closed, or kept where it asks for that") {
  EchoFront under;
  WireClient once = under.connect();
  once.send("GET /echo?a HTTP/1.0\r\n\r\n");
  const auto answer = once.answer();
  REQUIRE(answer);
  CHECK(answer->body == "a");
  CHECK(answer->header("connection") == "close");
  CHECK(once.end() == WireClient::End::closed);

  WireClient kept = under.connect();
  for (int i = 0; i < 2; ++i) {
    kept.send("GET /echo?b HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto again = kept.answer();
    REQUIRE(again);
    CHECK(again->body == "b");
    CHECK(again->header("connection") == "keep-alive");
  }
}

TEST_CASE("a client that asks for it has its connection closed") {
  EchoFront under;
  WireClient client = under.connect();
  client.send("GET /echo?a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + plain_get("/echo?b"));
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->header("connection") == "close");
  CHECK(client.end() == WireClient::End::closed);
  client.close();
  CHECK(eventually([&] { return under.front->connections() == 0; }));
  CHECK(under.runs == 1);
}

TEST_CASE("an answer to HEAD says how long the body would be, and has none") {
  EchoFront under;
  WireClient client = under.connect();
  for (const std::string target : {"/echo?abc", "/nowhere"}) {
    client.send("HEAD " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = client.answer(WireClient::patience, "HEAD");
    REQUIRE(answer);
    CHECK(answer->header("content-length") != "0");
    CHECK(answer->headers.count("accept-ranges") == 0);
  }
  client.get("/echo?after");
  CHECK(client.answer()->body == "after");
}

TEST_CASE("what is not a request gets one answer, and nothing behind it runs") {
  EchoFront under;
  WireClient client = under.connect();
  client.send("GET /echo HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n" + plain_get("/echo"));
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 400);
  CHECK(answer->header("connection") == "close");
  CHECK(answer->header("x-request-id").size() == 16);
  CHECK(client.end() == WireClient::End::closed);
  client.close();
  CHECK(eventually([&] { return under.front->connections() == 0; }));
  CHECK(under.runs == 0);
  const auto line = under.log.line();
  REQUIRE(line);
  CHECK(line->status == 400);
  CHECK_FALSE(line->route);
  CHECK(under.log.count() == 1);
}

TEST_CASE("a refusal reaches a client that is still sending") {
  Limits limits;
  limits.max_body = 1000;
  EchoFront under(limits);
  for (int i = 0; i < 20; ++i) {
    WireClient client = under.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n");
    client.send(std::string(1000000, 'x'));
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 413);
    CHECK(answer->whole);
    client.close();
  }
  CHECK(eventually([&] { return under.front->connections() == 0; }));
  CHECK(under.runs == 0);
}
