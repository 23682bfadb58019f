#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "desist/signals.hpp"

#include "server/server_under_test.hpp"

using namespace desist;
using namespace desist::test;
using namespace std::chrono_literals;

namespace {

constexpr Duration never = Duration::max();

ServerOptions times(Duration grace, Duration stop) {
  ServerOptions options;
  options.shutdown_grace = grace;
  options.stop_timeout = stop;
  options.overdue_after = never;
  return options;
}

std::vector<WireClient> waiting_clients(const ServerUnderTest& test, const Waiting& waiting, int count) {
  std::vector<WireClient> clients;
  for (int i = 0; i < count; ++i) {
    clients.push_back(test.client());
    clients.back().get("/wait", "X-Request-Id: c" + std::to_string(i) + "\r\n");
  }
  REQUIRE(eventually([&] { return waiting.entered() == count; }));
  return clients;
}

std::future<bool> shutdown_of(ServerUnderTest& test) {
  return std::async(std::launch::async, [&] { return test.server->shutdown(); });
}

bool stage(const ServerUnderTest& test, const std::string& name) {
  return !test.log.wait_for("stage", name).is_null();
}

}  // namespace

TEST_CASE("an idle server shuts down at once") {
  ServerUnderTest test(times(never, never));
  test.start();
  WireClient idle = test.client();
  CHECK(test.server->shutdown());
  CHECK(idle.end() != WireClient::End::open);
  CHECK(test.server->shutdown());  // again: the same
}

TEST_CASE("a server that was never started has nothing to shut down, and cannot be started any more") {
  ServerUnderTest test;
  CHECK(test.server->shutdown());
  CHECK_THROWS_AS(test.server->start(), std::logic_error);
  CHECK(test.server->port() == 0);
}

TEST_CASE("to serve a server that was not started until a signal comes is refused") {
  ServerUnderTest test;
  Signals signals;
  ::raise(SIGTERM);  // whoever waits for it gets it
  CHECK_THROWS_AS((void)serve_until(signals, *test.server), std::logic_error);
  ::raise(SIGTERM);
  CHECK(signals.wait() == SIGTERM);
}

TEST_CASE("a drain says not ready, takes nobody new, and lets what runs finish") {
  ServerUnderTest test(times(never, never));
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  std::vector<WireClient> clients = waiting_clients(test, *waiting, 1);
  std::future<bool> done = shutdown_of(test);
  REQUIRE(stage(test, "draining"));

  const WireAnswer ready = test.admin("/ready");
  CHECK(ready.status == 503);
  CHECK(Json::parse(ready.body) == Json{{"status", "draining"}});
  CHECK(test.admin("/health").status == 200);
  CHECK_THROWS_AS((void)test.client(), std::system_error);

  waiting->release();
  const WireAnswer answer = clients[0].answer().value();
  CHECK(answer.status == 200);
  CHECK(answer.header("connection") == "close");
  CHECK(done.get());
  CHECK(test.admin("/ready").status == 503);  // admin ends last
  CHECK(stage(test, "stopped"));
  CHECK(test.log.events("stayed").empty());
}

TEST_CASE("when the grace period is over, ten clients that wait are told, answered, and their work stops") {
  ServerUnderTest test(times(20ms, never));
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  std::vector<WireClient> clients = waiting_clients(test, *waiting, 10);
  CHECK(test.server->shutdown());
  CHECK(waiting->inside() == 0);
  for (WireClient& client : clients) {
    const WireAnswer answer = client.answer().value();
    CHECK(answer.status == 503);
    CHECK(answer.header("content-type") == "application/problem+json");
  }
  for (int i = 0; i < 10; ++i) {
    const Json line = test.log.finished("c" + std::to_string(i));
    CHECK(line["cause"] == "shutting_down");
    CHECK(line["status"] == 503);
  }
  REQUIRE(stage(test, "stopped"));
  std::vector<std::string> stages;
  for (const Json& line : test.log.events("shutting_down")) stages.push_back(line["stage"]);
  CHECK(stages == std::vector<std::string>{"draining", "cancelling", "stopped"});
}

TEST_CASE("a second word skips the drain, at once") {
  ServerUnderTest test(times(never, never));
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  std::vector<WireClient> clients = waiting_clients(test, *waiting, 3);
  std::future<bool> done = shutdown_of(test);
  REQUIRE(stage(test, "draining"));
  test.server->hurry();
  CHECK(done.get());
  for (WireClient& client : clients) CHECK(client.answer().value().status == 503);
}

TEST_CASE("a third word skips the waiting; who stayed is said by name") {
  ServerUnderTest test(times(never, never));
  const auto stubborn = std::make_shared<Waiting>(Waiting::Manner::stubborn);
  test.route({.path = "/wait", .store = stubborn}).start();
  std::vector<WireClient> clients = waiting_clients(test, *stubborn, 2);
  std::future<bool> done = shutdown_of(test);
  REQUIRE(stage(test, "draining"));
  test.server->hurry();
  REQUIRE(stage(test, "cancelling"));
  for (WireClient& client : clients) CHECK(client.answer().value().status == 503);  // though the work goes on
  CHECK(done.wait_for(0s) == std::future_status::timeout);
  test.server->hurry();
  CHECK_FALSE(done.get());
  CHECK(stage(test, "gave_up"));
  REQUIRE(eventually([&] { return test.log.events("stayed").size() == 2; }));
  const Json stayed = test.log.events("stayed")[0];
  CHECK(stayed["id"] != test.log.events("stayed")[1]["id"]);
  CHECK((stayed["id"] == "c0" || stayed["id"] == "c1"));  // whichever began first
  CHECK(stayed["worker"] == "/wait");
  CHECK(stayed["kind"] == "handler");
  CHECK(stayed["since_told_ms"].is_number());
  CHECK(test.admin_json("/requests")["requests"].size() == 2);  // admin still tells
  stubborn->release();
}

TEST_CASE("words that come before the shutdown count as well") {
  ServerUnderTest test(times(never, never));
  const auto stubborn = std::make_shared<Waiting>(Waiting::Manner::stubborn);
  test.route({.path = "/wait", .store = stubborn}).start();
  std::vector<WireClient> clients = waiting_clients(test, *stubborn, 1);
  test.server->hurry();
  test.server->hurry();
  CHECK_FALSE(test.server->shutdown());
  stubborn->release();
}

TEST_CASE("a word in the waiting that the drain ran out of its own skips the waiting") {
  ServerUnderTest test(times(10ms, never));
  const auto stubborn = std::make_shared<Waiting>(Waiting::Manner::stubborn);
  test.route({.path = "/wait", .store = stubborn}).start();
  std::vector<WireClient> clients = waiting_clients(test, *stubborn, 1);
  std::future<bool> done = shutdown_of(test);
  REQUIRE(stage(test, "cancelling"));
  test.server->hurry();
  CHECK_FALSE(done.get());
  stubborn->release();
}

TEST_CASE(
    "a shutdown gives up on stubborn work when the time is over, and the destructor does not wait for it") {
  const Baseline baseline;
  const auto stubborn = std::make_shared<Waiting>(Waiting::Manner::stubborn);
  std::atomic<int> heard{0};
  {
    LogFile log;
    std::optional<Server> server;
    ServerOptions options = times(0ms, 20ms);
    options.listen.port = 0;
    options.admin = Endpoint{.address = "127.0.0.1", .port = 0};
    options.log_descriptor = log.descriptor();
    server.emplace(options);
    server->route({.path = "/wait", .store = stubborn});
    server->subscribe([&](const Event&) { ++heard; });
    server->start();
    WireClient client(server->port());
    client.get("/wait");
    REQUIRE(eventually([&] { return stubborn->entered() == 1; }));
    CHECK_FALSE(server->shutdown());
    CHECK_FALSE(server->shutdown());
    server.reset();
    CHECK(log.events("stayed").size() == 1);  // written, though nobody waited
  }
  CHECK(stubborn->inside() == 1);  // at its work, on what the server left to it
  const int before = heard;
  stubborn->release();
  CHECK_MESSAGE(baseline.settled(), baseline.text());
  CHECK(heard == before);
}

TEST_CASE("a server that is destroyed without a shutdown cancels what runs") {
  ServerUnderTest test(times(never, never));
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  std::vector<WireClient> clients = waiting_clients(test, *waiting, 2);
  test.server.reset();
  CHECK(waiting->inside() == 0);
  for (WireClient& client : clients) CHECK(client.answer().value().status == 503);
}

TEST_CASE("a route that finishes is cancelled by a shutdown all the same") {
  ServerUnderTest test(times(0ms, never));
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting, .on_disconnect = OnDisconnect::finish}).start();
  std::vector<WireClient> clients = waiting_clients(test, *waiting, 1);
  clients[0].close();
  CHECK(test.server->shutdown());
  CHECK(test.log.finished("c0")["cause"] == "shutting_down");
}

TEST_CASE("two who shut down at once wait for the same end") {
  ServerUnderTest test(times(0ms, never));
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  std::vector<WireClient> clients = waiting_clients(test, *waiting, 5);
  std::future<bool> other = shutdown_of(test);
  CHECK(test.server->shutdown());
  CHECK(other.get());
  CHECK(stage(test, "stopped"));
  CHECK(test.log.events("shutting_down").size() == 3);
}
