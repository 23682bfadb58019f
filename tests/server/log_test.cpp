#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "desist/task_group.hpp"
#include "desist/worker.hpp"

#include "server/server_under_test.hpp"

using namespace desist;
using namespace desist::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> names(const Json& object) {
  std::vector<std::string> all;
  for (const auto& [name, value] : object.items()) all.push_back(name);
  return all;
}

Route quick(std::string path) {
  Route route{.path = std::move(path)};
  route.handler = [](const Context&, const Query&) -> Result<Payload> { return Payload::text("ok\n"); };
  return route;
}

/// Leaves while the work waits, and returns the request's line.
Json line_of_leaving(ServerUnderTest& test, const Waiting& waiting, std::string_view target,
                     const std::string& id) {
  const int before = waiting.entered();
  WireClient client = test.client();
  client.get(target, "X-Request-Id: " + id + "\r\n");
  REQUIRE(eventually([&] { return waiting.entered() == before + 1; }));
  client.close();
  return test.log.finished(id);
}

}  // namespace

TEST_CASE("a good request's line has every field and nothing else") {
  ServerUnderTest test;
  test.route(quick("/a/{x}")).start();
  CHECK(test.ask("/a/1?secret=2", "X-Request-Id: g1\r\n").status == 200);
  const Json line = test.log.finished("g1");
  // nlohmann's objects are sorted by name.
  CHECK(names(line) == std::vector<std::string>{"cause", "duration_ms", "id", "method", "path", "route",
                                                "status", "stop_ms", "time", "told_ms", "workers"});
  CHECK(line["time"].get<std::string>().size() == std::string("2024-05-01T12:03:04.056Z").size());
  CHECK(line["time"].get<std::string>().back() == 'Z');
  CHECK(line["method"] == "GET");
  CHECK(line["path"] == "/a/1");
  CHECK(line["route"] == "/a/{x}");
  CHECK(line["status"] == 200);
  CHECK(line["cause"].is_null());
  CHECK(line["duration_ms"].is_number_float());
  CHECK(line["told_ms"].is_null());
  CHECK(line["stop_ms"].is_null());
  REQUIRE(line["workers"].size() == 1);
  CHECK(line["workers"][0] ==
        Json{{"name", "/a/{x}"}, {"kind", "handler"}, {"outcome", "finished"}, {"stop_ms", nullptr}});
}

TEST_CASE(
    "a client that leaves is 499 in the log, with its cause, when it was told, and how fast it stopped") {
  ServerUnderTest test;
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  const Json line = line_of_leaving(test, *waiting, "/wait", "l1");
  CHECK(line["status"] == 499);
  CHECK(line["cause"] == "client_gone");
  CHECK(line["told_ms"].get<double>() > 0);
  CHECK(line["stop_ms"].get<double>() >= 0);
  CHECK(line["duration_ms"].get<double>() >= line["told_ms"].get<double>());
  CHECK(line["workers"][0]["outcome"] == "cancelled");
  CHECK(line["workers"][0]["stop_ms"].is_number_float());
  CHECK_FALSE(line.contains("error"));
}

TEST_CASE("each worker under a request is told of by name, kind and outcome") {
  ServerUnderTest test;
  Route route{.path = "/many"};
  route.handler = [](const Context& ctx, const Query&) -> Result<Payload> {
    TaskGroup group(ctx);
    for (int i = 0; i < 150; ++i) {
      group.spawn("part", [](const Context& part) -> Result<void> {
        Worker worker(part, "step", "loop");
        return worker.done(Result<void>());
      });
    }
    if (Result<void> result = group.wait(); !result) return tl::unexpected(result.error());
    return Payload::text("ok\n");
  };
  test.route(std::move(route)).start();
  CHECK(test.ask("/many", "X-Request-Id: m1\r\n").status == 200);
  const Json line = test.log.finished("m1");
  CHECK(line["workers"].size() == 100);
  CHECK(line["workers_total"].get<int>() > 150);
  std::set<std::string> kinds;
  for (const Json& worker : line["workers"]) kinds.insert(worker["kind"].get<std::string>());
  CHECK(kinds == std::set<std::string>{"handler", "loop", "task"});
}

TEST_CASE("on a route that finishes, a client that leaves is recorded and cancels nothing") {
  ServerOptions options;
  options.limits.max_connections = 1;
  ServerUnderTest test(options);
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/finish", .store = waiting, .on_disconnect = OnDisconnect::finish});
  test.route(quick("/quick")).start();
  {
    WireClient client = test.client();
    client.get("/finish", "X-Request-Id: n1\r\n");
    REQUIRE(eventually([&] { return waiting->entered() == 1; }));
    client.reset();
  }
  CHECK(test.ask("/quick").status ==
        200);  // there is room for it once the server has seen the first one leave
  CHECK(waiting->inside() == 1);
  waiting->release();
  const Json line = test.log.finished("n1");
  CHECK(line["status"] == 499);
  CHECK(line["cause"].is_null());
  CHECK(line["told_ms"].is_null());
  CHECK(line["workers"][0]["outcome"] == "finished");
}

TEST_CASE("a stubborn worker is reported overdue, once") {
  ServerOptions options;
  options.overdue_after = 20ms;
  ServerUnderTest test(options);
  const auto stubborn = std::make_shared<Waiting>(Waiting::Manner::stubborn);
  test.route({.path = "/stubborn", .store = stubborn}).start();
  WireClient client = test.client();
  client.get("/stubborn", "X-Request-Id: o1\r\n");
  REQUIRE(eventually([&] { return stubborn->entered() == 1; }));
  client.close();
  const Json overdue = test.log.wait_for("event", "overdue");
  CHECK(overdue["id"] == "o1");
  CHECK(overdue["route"] == "/stubborn");
  CHECK(overdue["worker"] == "/stubborn");
  CHECK(overdue["kind"] == "handler");
  CHECK(overdue["since_told_ms"].get<double>() >= 20);
  CHECK(overdue["pid"].is_null());
  CHECK(overdue["checkpoint"].is_null());
  CHECK_FALSE(overdue.contains("status"));
  stubborn->release();
  CHECK(test.log.finished("o1")["stop_ms"].get<double>() >= 20);
  CHECK(test.log.events("overdue").size() == 1);
}

TEST_CASE("the log says where the server listens") {
  ServerUnderTest test;
  test.start();
  const Json line = test.log.wait_for("event", "listening");
  CHECK(line["address"] == "127.0.0.1");
  CHECK(line["port"] == test.server->port());
  CHECK(line["admin_address"] == "127.0.0.1");
  CHECK(line["admin_port"] == test.server->admin_port());
}

TEST_CASE("a log that nobody reads holds up no request and not the end") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const Baseline baseline;
  {
    Server server({.listen = {.address = "127.0.0.1", .port = 0},
                   .log_format = ServerOptions::LogFormat::json,
                   .log_descriptor = ends[1]});
    server.route(quick("/a"));
    server.start();
    WireClient client(server.port());
    for (int i = 0; i < 2000; ++i) {  // some 400 KiB of lines; the pipe takes 64
      client.get("/a");
      REQUIRE(client.answer().value().status == 200);
    }
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("without a log a server is silent, and subscribers hear everything all the same") {
  const Baseline baseline;
  std::mutex mutex;
  std::vector<EventKind> heard;
  {
    Server server(
        {.listen = {.address = "127.0.0.1", .port = 0}, .log_format = ServerOptions::LogFormat::none});
    server.route(quick("/a"));
    server.subscribe([&](const Event& event) {
      const std::lock_guard lock(mutex);
      heard.push_back(event.kind);
    });
    server.start();
    CHECK(server.admin_port() == 0);
    CHECK(ServerUnderTest::ask_at(server.port(), "GET", "/a", {}).status == 200);
  }
  using enum EventKind;
  CHECK(heard == std::vector<EventKind>{opened, spawned, answered, stopped, closed});
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
