#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "desist/worker.hpp"

#include "server/server_under_test.hpp"

using namespace desist;
using namespace desist::test;
using namespace std::chrono_literals;

namespace {

/// A client whose request has reached its handler.
WireClient waiting_client(const ServerUnderTest& test, const Waiting& waiting, const std::string& id) {
  const int before = waiting.entered();
  WireClient client = test.client();
  client.get("/wait", "X-Request-Id: " + id + "\r\n");
  REQUIRE(eventually([&] { return waiting.entered() == before + 1; }));
  return client;
}

}  // namespace

TEST_CASE("health and readiness are answered as JSON") {
  ServerUnderTest test;
  test.start();
  for (const std::string_view target : {"/health", "/ready"}) {
    const WireAnswer answer = test.admin(target);
    CHECK(answer.status == 200);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(Json::parse(answer.body) == Json{{"status", "ok"}});
  }
}

TEST_CASE("the admin listener refuses what it does not know, as the server does") {
  ServerUnderTest test;
  test.start();
  CHECK(test.admin("/nothing").status == 404);
  CHECK(test.admin("/requests/").status == 404);
  const WireAnswer refused = test.admin("/requests", "POST");
  CHECK(refused.status == 405);
  CHECK(refused.header("allow") == "GET, HEAD, OPTIONS");
  CHECK(test.admin("/requests/x").header("allow") == "DELETE, OPTIONS");
  CHECK(test.admin("/requests/x", "DELETE").status == 404);
  CHECK(test.admin("/requests/%zz", "DELETE").status == 400);
}

TEST_CASE("what is in flight is listed with its workers") {
  ServerUnderTest test;
  const auto waiting = std::make_shared<Waiting>();
  Route route{.path = "/wait"};
  route.handler = [&](const Context& ctx, const Query& query) {
    Worker worker(ctx, "report", "command");
    worker.note_pid(4711);
    checkpoint("reading rows");
    return worker.done(waiting->fetch(ctx, query));
  };
  test.route(std::move(route)).start();
  CHECK(test.admin_json("/requests") == Json{{"requests", Json::array()}, {"flights", Json::array()}});

  WireClient client = waiting_client(test, *waiting, "a1");
  const Json list = test.admin_json("/requests");
  REQUIRE(list["requests"].size() == 1);
  const Json& request = list["requests"][0];
  CHECK(request["id"] == "a1");
  CHECK(request["route"] == "/wait");
  CHECK(request["age_ms"].is_number());
  CHECK(request["state"] == "running");
  CHECK(request["cause"].is_null());
  REQUIRE(request["workers"].size() == 2);
  CHECK(request["workers"][0]["kind"] == "handler");
  CHECK_FALSE(request["workers"][0].contains("pid"));
  const Json& worker = request["workers"][1];
  CHECK(worker["name"] == "report");
  CHECK(worker["kind"] == "command");
  CHECK(worker["pid"] == 4711);
  CHECK(worker["age_ms"].is_number());
  CHECK(worker["state"] == "running");
  CHECK(worker["overdue"] == false);
  CHECK(worker["checkpoint"] == "reading rows");

  waiting->release();
  CHECK(client.answer().value().status == 200);
  CHECK(eventually([&] { return test.admin_json("/requests")["requests"].empty(); }));
}

TEST_CASE("a stubborn worker shows as stopping, and as overdue") {
  ServerOptions options;
  options.overdue_after = 10ms;
  ServerUnderTest test(options);
  const auto stubborn = std::make_shared<Waiting>(Waiting::Manner::stubborn);
  test.route({.path = "/wait", .store = stubborn}).start();
  waiting_client(test, *stubborn, "s1").close();
  CHECK(eventually([&] {
    const Json list = test.admin_json("/requests")["requests"];
    return list.size() == 1 && list[0]["state"] == "stopping" && list[0]["cause"] == "client_gone" &&
           list[0]["workers"][0]["state"] == "stopping" && list[0]["workers"][0]["overdue"] == true;
  }));
  stubborn->release();
}

TEST_CASE("an operator cancels a request by its id, and its client is told so") {
  ServerUnderTest test;
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  WireClient one = waiting_client(test, *waiting, "same");
  WireClient two = waiting_client(test, *waiting, "same");
  WireClient other = waiting_client(test, *waiting, "other");

  const WireAnswer answer = test.admin("/requests/same", "DELETE");
  CHECK(answer.status == 202);
  CHECK(Json::parse(answer.body) == Json{{"cancelled", 2}});
  CHECK(one.answer().value().status == 503);
  CHECK(two.answer().value().status == 503);
  CHECK(test.log.finished("same")["cause"] == "operator_cancelled");
  CHECK(eventually([&] { return test.admin("/requests/same", "DELETE").status == 404; }));

  CHECK(waiting->inside() == 1);
  waiting->release();
  CHECK(other.answer().value().status == 200);
}

TEST_CASE("to cancel a request that has been told already cancels nothing, and it is still there") {
  ServerUnderTest test;
  const auto stubborn = std::make_shared<Waiting>(Waiting::Manner::stubborn);
  test.route({.path = "/wait", .store = stubborn}).start();
  WireClient client = waiting_client(test, *stubborn, "s1");
  CHECK(Json::parse(test.admin("/requests/s1", "DELETE").body) == Json{{"cancelled", 1}});
  CHECK(client.answer().value().status == 503);
  const WireAnswer again = test.admin("/requests/s1", "DELETE");
  CHECK(again.status == 202);
  CHECK(Json::parse(again.body) == Json{{"cancelled", 0}});
  stubborn->release();
  CHECK(eventually([&] { return test.admin("/requests/s1", "DELETE").status == 404; }));
}

TEST_CASE("the admin listener answers while the server is full") {
  ServerOptions options;
  options.limits.max_in_flight = 3;
  options.limits.max_connections = 4;
  ServerUnderTest test(options);
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  std::vector<WireClient> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(waiting_client(test, *waiting, "f" + std::to_string(i)));
  CHECK(test.ask("/wait").status == 503);
  CHECK(test.admin_json("/requests")["requests"].size() == 3);
  CHECK(test.admin("/ready").status == 200);
  CHECK(test.admin("/requests/f1", "DELETE").status == 202);
  CHECK(clients[1].answer().value().status == 503);
  waiting->release();
}

TEST_CASE("many who ask at once get their list") {
  ServerUnderTest test;
  const auto waiting = std::make_shared<Waiting>();
  test.route({.path = "/wait", .store = waiting}).start();
  WireClient client = waiting_client(test, *waiting, "m1");
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> askers;
    for (int i = 0; i < 8; ++i) {
      askers.emplace_back([&] {
        for (int n = 0; n < 20; ++n) good += test.admin("/requests").status == 200 ? 1 : 0;
      });
    }
  }
  CHECK(good == 160);
  waiting->release();
}
