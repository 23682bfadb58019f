#include <atomic>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"

#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

namespace {

constexpr std::size_t waiting_threads = 4;  // what a front keeps by itself

Limits many_requests() {
  Limits limits;
  limits.max_in_flight = 1000;
  return limits;
}

[[nodiscard]] bool says_hello(FrontUnderTest& under) {
  WireClient client = under.connect();
  client.get("/hello");
  const auto answer = client.answer();
  return answer && answer->status == 200;
}

[[nodiscard]] bool only_waiting_threads(FrontUnderTest& under) {
  return eventually([&] { return under.pool().running() <= waiting_threads; });
}

}  // namespace

TEST_CASE("slow heads and slow bodies cost no thread") {
  FrontUnderTest under(many_requests());
  under.start();
  std::vector<WireClient> slow;
  for (int i = 0; i < 200; ++i) {
    slow.push_back(under.connect());
    slow.back().send(i % 2 == 0 ? "GET /hello HTTP/1.1\r\nHo"
                                : "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
  }
  CHECK(says_hello(under));
  CHECK(under.front->connections() >= slow.size());
  CHECK(only_waiting_threads(under));
  for (std::size_t i = 0; i < slow.size(); ++i) {
    slow[i].send(i % 2 == 0 ? "st: x\r\n\r\n" : "67890");
    const auto answer = slow[i].answer();
    REQUIRE(answer);
    CHECK(answer->body == "hello");
  }
}

TEST_CASE("slow readers hold no thread, and get it all when they read") {
  FrontUnderTest under(many_requests());
  const std::string large(3 * 1024 * 1024, 'z');
  under.add("/large",
            [&](const Context&, const front::Request&) -> Result<front::Answer> { return text(large); });
  under.start();
  std::vector<WireClient> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(under.connect(4096));
    slow.back().get("/large");
    REQUIRE(slow.back().hears(WireClient::patience));
  }
  CHECK(eventually([&] { return under.tree.in_flight() == 0; }));
  CHECK(only_waiting_threads(under));
  CHECK(says_hello(under));
  for (WireClient& client : slow) {
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->whole);
    CHECK((answer->body == large));
  }
}

TEST_CASE("handlers that block delay nobody") {
  FrontUnderTest under(many_requests());
  under.add("/block", [&](const Context&, const front::Request&) -> Result<front::Answer> {
    under.gate.wait();
    return text("done");
  });
  under.start();
  std::vector<WireClient> blocked;
  for (std::size_t i = 1; i <= 50; ++i) {
    blocked.push_back(under.connect());
    blocked.back().get("/block");
    REQUIRE(eventually([&] { return under.gate.waiting() == i; }));
    REQUIRE(says_hello(under));
  }
  under.gate.open();
  for (WireClient& client : blocked) CHECK(client.answer()->status == 200);
  CHECK(only_waiting_threads(under));
}

TEST_CASE("stop hooks that block delay nobody, neither an answer nor a telling") {
  FrontUnderTest under(many_requests());
  std::atomic<std::size_t> running{0};
  under.add("/hooked", [&](const Context& ctx, const front::Request&) -> Result<front::Answer> {
    std::atomic<bool> told{false};
    const auto hook = on_stop(ctx, [&]() noexcept {
      told = true;
      told.notify_one();
      under.gate.wait();
    });
    ++running;
    told.wait(false);
    return cancelled(ctx);
  });
  under.start();
  constexpr std::size_t count = 20;
  std::vector<WireClient> clients;
  for (std::size_t i = 0; i < count; ++i) {
    clients.push_back(under.connect());
    clients.back().get("/hooked");
  }
  REQUIRE(eventually([&] { return running == count; }));
  for (std::size_t i = 1; i <= count; ++i) {
    clients.pop_back();
    REQUIRE(eventually([&] { return under.gate.waiting() == i; }));  // each blocks a thread
    REQUIRE(under.log.told() == i);
    REQUIRE(says_hello(under));
  }
  under.gate.open();
  CHECK(eventually([&] { return under.tree.in_flight() == 0; }));
}

TEST_CASE("a front that has come to rest keeps few threads, and serves on") {
  FrontUnderTest under(many_requests(), {.idle_for = 1ms});
  under.start();
  for (int round = 0; round < 3; ++round) {
    std::vector<WireClient> clients;
    for (int i = 0; i < 100; ++i) {
      clients.push_back(under.connect());
      clients.back().get("/hello");
    }
    for (WireClient& client : clients) CHECK(client.answer()->body == "hello");
    CHECK(only_waiting_threads(under));
  }
}
