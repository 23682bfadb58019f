#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "server/server_under_test.hpp"

using namespace desist;
using namespace desist::test;
using namespace std::chrono_literals;

namespace {

Route echo(std::string path) {
  Route route{.path = std::move(path)};
  route.handler = [](const Context&, const Query& query) -> Result<Payload> {
    std::string text;
    for (const auto& [name, value] : query.params) text += name + "=" + to_text(value) + "\n";
    return Payload::text(text + std::string(query.body));
  };
  return route;
}

Route failing(std::string path, ErrorCode code, std::string message) {
  Route route{.path = std::move(path)};
  route.handler = [code, message](const Context&, const Query&) -> Result<Payload> {
    return failure(code, message);
  };
  return route;
}

/// What every error answer has in common; returns its detail.
std::string check_problem(const WireAnswer& answer, int status) {
  CHECK(answer.status == status);
  CHECK(answer.header("content-type") == "application/problem+json");
  const Json body = Json::parse(answer.body, nullptr, false);
  REQUIRE(body.is_object());
  CHECK(body["status"] == status);
  CHECK(body["request_id"] == answer.header("x-request-id"));
  return body.value("detail", "");
}

}  // namespace

TEST_CASE("data arrives and is returned, with the parameters of path and query") {
  ServerUnderTest test;
  Route route = echo("/reports/{year}");
  route.params["limit"] = {.pattern = "[0-9]{1,4}", .type = Param::Type::integer, .fallback = "100"};
  test.route(std::move(route)).start();
  const WireAnswer answer = test.ask("/reports/2024?limit=0042&other=1");
  CHECK(answer.status == 200);
  CHECK(answer.header("content-type") == "text/plain; charset=utf-8");
  CHECK(answer.body == "limit=42\nyear=2024\n");
  CHECK(test.ask("/reports/2024").body == "limit=100\nyear=2024\n");
}

TEST_CASE("a request's body reaches the handler") {
  ServerUnderTest test;
  Route route = echo("/upload");
  route.methods = {"POST"};
  test.route(std::move(route)).start();
  WireClient client = test.client();
  client.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(client.answer().value().body == "hello");
}

TEST_CASE("a client's well-formed request id is kept, any other is replaced") {
  ServerUnderTest test;
  test.route(echo("/a")).start();
  CHECK(test.ask("/a", "X-Request-Id: my-id_1.2\r\n").header("x-request-id") == "my-id_1.2");
  const std::string replaced = test.ask("/a", "X-Request-Id: no good\r\n").header("x-request-id");
  CHECK(replaced != "no good");
  CHECK_FALSE(replaced.empty());
  CHECK(test.log.finished("my-id_1.2")["status"] == 200);
}

TEST_CASE("the request's id is a value that the handler finds in its Context") {
  ServerUnderTest test;
  Route route{.path = "/a"};
  route.handler = [](const Context& ctx, const Query&) -> Result<Payload> {
    const std::string* id = ctx.value(keys::request_id);
    return Payload::text(id == nullptr ? "none" : *id);
  };
  test.route(std::move(route)).start();
  CHECK(test.ask("/a", "X-Request-Id: seven\r\n").body == "seven");
}

TEST_CASE("a parameter that is not what it must be is 400, naming it and its pattern and not the value") {
  ServerUnderTest test;
  Route route = echo("/reports/{year}");
  route.params["year"] = {.pattern = "[0-9]{4}"};
  route.params["day"] = {};
  test.route(std::move(route)).start();
  CHECK(check_problem(test.ask("/reports/20x4?day=1"), 400) ==
        "Parameter \"year\" must match [0-9]{4} as a whole.");
  CHECK(check_problem(test.ask("/reports/2024"), 400) == "Parameter \"day\" is required.");
  CHECK(check_problem(test.ask("/reports/2024?day=1&day=1"), 400) ==
        "Parameter \"day\" is given more than once.");
  CHECK(check_problem(test.ask("/reports/%zz"), 400).find("two hexadecimal digits") != std::string::npos);
}

TEST_CASE("a path that nobody takes is 404, a method that the path does not take 405 with Allow") {
  ServerUnderTest test;
  test.route(echo("/a")).start();
  check_problem(test.ask("/b", "X-Request-Id: gone\r\n"), 404);
  check_problem(test.ask("/a/"), 404);
  const WireAnswer refused = ServerUnderTest::ask_at(test.server->port(), "DELETE", "/a", {});
  check_problem(refused, 405);
  CHECK(test.log.finished("gone")["error"] == "There is nothing at this path.");
  CHECK(refused.header("allow") == "GET, HEAD, OPTIONS");
}

TEST_CASE("OPTIONS tells what a path takes") {
  ServerUnderTest test;
  test.route(echo("/a")).start();
  const WireAnswer answer = ServerUnderTest::ask_at(test.server->port(), "OPTIONS", "/a", {});
  CHECK(answer.status == 204);
  CHECK(answer.header("allow") == "GET, HEAD, OPTIONS");
  CHECK(answer.body.empty());
}

TEST_CASE("HEAD is answered like GET, without the body") {
  ServerUnderTest test;
  test.route(echo("/a/{x}")).start();
  const WireAnswer answer = ServerUnderTest::ask_at(test.server->port(), "HEAD", "/a/1", {});
  CHECK(answer.status == 200);
  CHECK(answer.header("content-length") == "4");
  CHECK(answer.body.empty());
}

TEST_CASE("a source that fails is 502; what it said stands in the log and not in the answer") {
  ServerUnderTest test;
  test.route(failing("/fail", ErrorCode::failed, "exit status 3: secret path /etc/x")).start();
  const WireAnswer answer = test.ask("/fail", "X-Request-Id: f1\r\n");
  check_problem(answer, 502);
  CHECK(answer.body.find("secret") == std::string::npos);
  const Json line = test.log.finished("f1");
  CHECK(line["status"] == 502);
  CHECK(line["error"] == "exit status 3: secret path /etc/x");
  CHECK(line["workers"][0]["outcome"] == "failed");
}

TEST_CASE("each kind of failure has its status") {
  ServerUnderTest test;
  test.route(failing("/full", ErrorCode::overloaded, "no thread"));
  test.route(failing("/large", ErrorCode::too_large, "17 MiB"));
  test.route(failing("/invalid", ErrorCode::invalid, "leading dash"));
  test.route(failing("/absent", ErrorCode::not_found, "no report of that year"));
  test.start();
  const WireAnswer full = test.ask("/full");
  check_problem(full, 503);
  CHECK(full.header("retry-after") == "1");
  check_problem(test.ask("/large"), 502);
  check_problem(test.ask("/invalid"), 400);
  CHECK(check_problem(test.ask("/absent", "X-Request-Id: n1\r\n"), 404) == "What is asked for is not there.");
  CHECK(test.log.finished("n1")["error"] == "no report of that year");
}

TEST_CASE("a handler that throws fails its request and nothing else") {
  ServerUnderTest test;
  Route route{.path = "/throw"};
  route.handler = [](const Context&, const Query&) -> Result<Payload> { throw std::runtime_error("boom"); };
  test.route(std::move(route)).route(echo("/a")).start();
  check_problem(test.ask("/throw", "X-Request-Id: t1\r\n"), 502);
  CHECK(test.log.finished("t1")["error"] == "exception: boom");
  CHECK(test.ask("/a").status == 200);
}

TEST_CASE("what is no request is 400, and the connection closes") {
  ServerUnderTest test;
  test.route(echo("/a")).start();
  WireClient client = test.client();
  client.send("GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
  check_problem(client.answer().value(), 400);
  CHECK(client.end() == WireClient::End::closed);
  const Json line = test.log.wait_for("status", 400);
  CHECK(line["route"].is_null());
  CHECK(line["workers"].empty());
}

TEST_CASE("a full server answers 503 with Retry-After, and recovers") {
  ServerOptions options;
  options.limits.max_in_flight = 2;
  ServerUnderTest test(options);
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  WireClient one = test.client();
  WireClient two = test.client();
  one.get("/wait");
  two.get("/wait");
  REQUIRE(eventually([&] { return waiting->entered() == 2; }));
  const WireAnswer refused = test.ask("/wait");
  check_problem(refused, 503);
  CHECK(refused.header("retry-after") == "1");
  waiting->release();
  CHECK(one.answer().value().status == 200);
  CHECK(two.answer().value().status == 200);
  CHECK(test.ask("/wait").status == 200);
}

TEST_CASE("time that runs out is 504 at that moment, though the work is stubborn") {
  ServerUnderTest test;
  const auto stubborn = std::make_shared<Waiting>(Waiting::Manner::stubborn);
  test.route({.path = "/slow", .store = stubborn, .timeout = 30ms}).start();
  check_problem(test.ask("/slow", "X-Request-Id: s1\r\n"), 504);
  CHECK(stubborn->inside() == 1);  // still at it
  stubborn->release();
  const Json line = test.log.finished("s1");
  CHECK(line["status"] == 504);
  CHECK(line["cause"] == "deadline_exceeded");
  CHECK(line["told_ms"] >= 30.0);
  CHECK(line["workers"][0]["outcome"] == "finished");  // what finished is never reported as cancelled
}

namespace {

/// Gives a byte, then fails.
class Breaking final : public Reader {
 public:
  using Fail = Result<std::size_t> (*)();
  explicit Breaking(Fail fail) : fail_(fail) {}
  Result<std::size_t> read(const Context&, std::span<char> buffer) override {
    if (given_++ > 0) return fail_();
    buffer[0] = 'x';
    return 1;
  }

 private:
  Fail fail_;
  int given_ = 0;
};

Route breaking(std::string path, Breaking::Fail fail) {
  Route route{.path = std::move(path)};
  route.handler = [fail](const Context&, const Query&) -> Result<Payload> {
    return Payload::stream("text/plain", std::make_unique<Breaking>(fail));
  };
  return route;
}

/// Gives `total` bytes.
class Plenty final : public Reader {
 public:
  explicit Plenty(std::size_t total) : left_(total) {}
  Result<std::size_t> read(const Context&, std::span<char> buffer) override {
    const std::size_t size = std::min(left_, buffer.size());
    std::fill_n(buffer.begin(), size, 'y');
    left_ -= size;
    return size;
  }

 private:
  std::size_t left_;
};

}  // namespace

TEST_CASE("a stream is answered as it is read") {
  ServerUnderTest test;
  Route route{.path = "/stream"};
  route.handler = [](const Context&, const Query&) -> Result<Payload> {
    return Payload::stream("application/octet-stream", std::make_unique<Plenty>(300000));
  };
  test.route(std::move(route)).start();
  const WireAnswer answer = test.ask("/stream");
  CHECK(answer.status == 200);
  CHECK(answer.whole);
  CHECK(answer.body == std::string(300000, 'y'));
}

TEST_CASE("a stream that breaks off is seen by its client, and explained in the log") {
  ServerUnderTest test;
  test.route(breaking(
      "/fails", []() -> Result<std::size_t> { return failure(ErrorCode::failed, "the disk is gone"); }));
  test.route(breaking("/throws", []() -> Result<std::size_t> { throw std::runtime_error("boom"); }));
  test.route(breaking("/throws-a-number", []() -> Result<std::size_t> { throw 1; }));
  test.start();
  CHECK_FALSE(test.ask("/fails", "X-Request-Id: b1\r\n").whole);
  CHECK(test.log.finished("b1")["error"] == "the disk is gone");
  CHECK_FALSE(test.ask("/throws", "X-Request-Id: b2\r\n").whole);
  CHECK(test.log.finished("b2")["error"] == "exception: boom");
  CHECK(test.log.finished("b2")["workers"][0]["outcome"] == "failed");
  CHECK_FALSE(test.ask("/throws-a-number", "X-Request-Id: b3\r\n").whole);
  CHECK(test.log.finished("b3")["error"] == "exception of an unknown type");
}

TEST_CASE("what a route cannot be is said when it is added") {
  ServerUnderTest test;
  const auto refusal = [&](Route route) -> std::string {
    try {
      test.server->route(std::move(route));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "taken";
  };
  CHECK(refusal({.path = "/a"}) == "route \"/a\": neither a store nor a handler: nobody would answer");
  Route both = echo("/a");
  both.store = std::make_shared<Waiting>();
  CHECK(refusal(std::move(both)) == "route \"/a\": a store and a handler: one of them answers");
  Route hasty = echo("/a");
  hasty.timeout = 0s;
  CHECK(refusal(std::move(hasty)) == "route \"/a\": a timeout is longer than nothing");
  Route bad = echo("/{x}");
  bad.params["x"] = {.pattern = "("};
  CHECK(
      refusal(std::move(bad)).rfind("route \"/{x}\": parameter \"x\": pattern ( is not an RE2 pattern", 0) ==
      0);
  CHECK(refusal(echo("/{x}")) == "taken");  // what was refused left nothing behind
  CHECK(refusal(echo("/{y}")) == "route \"/{y}\": route \"/{x}\" takes GET for the same paths already");
}

TEST_CASE("a subscriber that cannot be called is refused") {
  ServerUnderTest test;
  CHECK_THROWS_AS(test.server->subscribe({}), std::invalid_argument);
  CHECK_THROWS_AS(test.server->subscribe(nullptr), std::invalid_argument);
}

namespace {

template <int number>
void add_route(Server& server, const Handler& handler) {
  server.route({.path = "/x", .handler = handler});
}

}  // namespace

TEST_CASE("a route may be written within a template, and takes GET") {
  ServerUnderTest test;
  add_route<1>(*test.server, echo("/x").handler);
  test.start();
  CHECK(test.ask("/x").status == 200);
}

TEST_CASE("after the start there are no more routes, subscribers, or starts") {
  ServerUnderTest test;
  test.route(echo("/a")).start();
  CHECK_THROWS_AS(test.server->route(echo("/b")), std::logic_error);
  CHECK_THROWS_AS(test.server->subscribe([](const Event&) {}), std::logic_error);
  CHECK_THROWS_AS(test.server->start(), std::logic_error);
}

TEST_CASE("what no server can do with is refused at its making, and what would be right is said") {
  const auto refusal = [](auto&& change) -> std::string {
    ServerOptions options;
    change(options);
    try {
      const Server server(std::move(options));
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "taken";
  };
  const std::string hint =
      " is no IP address; \"127.0.0.1\" or \"::1\" for this machine, \"0.0.0.0\" or \"::\" for every address "
      "of "
      "it";
  for (const char* address : {"localhost", "[::1]", "*", "", "127.0.0.1:80"}) {
    CHECK(refusal([&](ServerOptions& options) { options.listen.address = address; }) ==
          "ServerOptions: listen.address: \"" + std::string(address) + "\"" + hint);
  }
  CHECK(refusal([](ServerOptions& options) {
          options.admin = Endpoint{"localhost", 0};
        }) == "ServerOptions: admin.address: \"localhost\"" + hint);
  CHECK(refusal([](ServerOptions& options) { options.listen.address = "::"; }) == "taken");

  CHECK(refusal([](ServerOptions& options) { options.limits.max_in_flight = 0; }) ==
        "ServerOptions: limits.max_in_flight: 0 is out of range; 1 to 1000000");
  CHECK(refusal([](ServerOptions& options) { options.limits.max_connections = 0; }) ==
        "ServerOptions: limits.max_connections: 0 is out of range; 1 to 1000000");
  CHECK(refusal([](ServerOptions& options) { options.limits.max_head = SIZE_MAX; }) ==
        "ServerOptions: limits.max_head: 18446744073709551615 is out of range; 1024 to 16777216");
  for (std::size_t Limits::*const member :
       {&Limits::max_in_flight, &Limits::max_connections, &Limits::max_head, &Limits::max_headers,
        &Limits::max_body, &Limits::max_line, &Limits::max_unread, &Limits::write_buffer}) {
    CHECK(refusal([&](ServerOptions& options) { options.limits.*member = SIZE_MAX; }) != "taken");
  }

  CHECK(refusal([](ServerOptions& options) { options.limits.idle_timeout = 0s; }) ==
        "ServerOptions: limits.idle_timeout: too short; 1 ms or more, Duration::max() for never");
  for (Duration Limits::*const member :
       {&Limits::header_timeout, &Limits::body_timeout, &Limits::write_timeout, &Limits::idle_timeout}) {
    CHECK(refusal([&](ServerOptions& options) { options.limits.*member = -1s; }) != "taken");
    CHECK(refusal([&](ServerOptions& options) { options.limits.*member = Duration::max(); }) == "taken");
  }
  for (Duration ServerOptions::*const member :
       {&ServerOptions::shutdown_grace, &ServerOptions::stop_timeout, &ServerOptions::overdue_after}) {
    CHECK(refusal([&](ServerOptions& options) { options.*member = -1s; }) != "taken");
    CHECK(refusal([&](ServerOptions& options) { options.*member = Duration::max(); }) == "taken");
  }
  CHECK(refusal([](ServerOptions& options) { options.shutdown_grace = 0s; }) == "taken");

  const int unwritable = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  for (const int descriptor : {-1, 1'000'000, unwritable}) {
    CHECK(refusal([&](ServerOptions& options) { options.log_descriptor = descriptor; }) ==
          "ServerOptions: log_descriptor: " + std::to_string(descriptor) +
              " cannot be written to; an open descriptor, or LogFormat::none for no log");
  }
  ::close(unwritable);
  CHECK(refusal([](ServerOptions& options) {
          options.log_descriptor = -1;
          options.log_format = ServerOptions::LogFormat::none;
        }) == "taken");
}

TEST_CASE("an address that is not to be had is named, and nothing stays started") {
  ServerUnderTest test;
  test.route(echo("/a")).start();
  const Baseline baseline;
  const auto said = [](ServerOptions options) -> std::string {
    options.log_format = ServerOptions::LogFormat::none;
    Server server(std::move(options));
    try {
      server.start();
    } catch (const std::system_error& error) {
      return error.what();
    }
    return "started";
  };
  const std::uint16_t taken = test.server->port();
  const std::string address = "127.0.0.1:" + std::to_string(taken);
  CHECK(said({.listen = {.address = "127.0.0.1", .port = taken}}) ==
        "cannot listen on " + address + ": Address already in use");
  CHECK(said({.listen = {.address = "127.0.0.1", .port = 0},
              .admin = Endpoint{.address = "127.0.0.1", .port = taken}}) ==
        "cannot listen on " + address + ": Address already in use");
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
