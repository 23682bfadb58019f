#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"
#include "desist/server.hpp"
#include "desist/sleep.hpp"

#include "end_to_end/house.hpp"

// A server built in C++, with Stores of the user's own.

namespace desist::test {
namespace {

// A Store that knows nothing of desist's hooks: a plain token, a plain callback, a condition variable.
class Plain final : public Store {
 public:
  Result<Payload> fetch(const Context& ctx, const Query& /*query*/) override { return wait(ctx, ctx); }

 private:
  static Result<Payload> wait(std::stop_token token, const Context& ctx) {
    std::mutex mutex;
    std::condition_variable wake;
    bool told = false;
    const std::stop_callback callback(token, [&] {
      const std::lock_guard lock(mutex);
      told = true;
      wake.notify_one();
    });
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return told; });
    return cancelled(ctx);
  }
};

class Served {
 public:
  explicit Served(std::vector<Route> routes, Limits limits = {})
      : server_(
            {.listen = {"127.0.0.1", 0}, .limits = limits, .log_format = ServerOptions::LogFormat::none}) {
    for (Route& route : routes) server_.route(std::move(route));
    server_.subscribe(ledger_.subscriber());
    server_.start();
  }
  [[nodiscard]] WireClient asking(std::string_view target, std::string_view id) const {
    WireClient client(server_.port());
    client.get(target, "X-Request-Id: " + std::string(id) + "\r\n");
    return client;
  }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] std::uint16_t port() const { return server_.port(); }

 private:
  Ledger ledger_;
  Server server_;
};

Result<Payload> hello(const Context& /*ctx*/, const Query& /*query*/) {
  return Payload::text("hello");
}

void block_a_second() noexcept {
  const Context context;  // never stops
  (void)sleep_for(context, 1s);
}

Result<Payload> until_stopped(const Context& ctx, const Query& /*query*/) {
  (void)sleep_for(ctx, std::chrono::hours(1));
  return cancelled(ctx);
}

}  // namespace

TEST_CASE("a Store written with nothing but a plain std::stop_callback is told when its client leaves") {
  const Baseline baseline;
  {
    const Served served({{.path = "/plain", .store = std::make_shared<Plain>()}});
    WireClient ada = served.asking("/plain", "ada");
    REQUIRE(eventually([&] { return served.ledger().opened() == 1; }));
    ada.close();
    const auto finished = served.ledger().finished("ada");
    REQUIRE(finished.has_value());
    CHECK(finished->status == 499);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("a hook that blocks for a second delays no other request's stop, answer or deadline") {
  const Baseline baseline;
  {
    const Served served({{.path = "/blocks",
                          .handler = [](const Context& ctx, const Query& query) -> Result<Payload> {
                            const auto hook = on_stop(ctx, block_a_second);
                            return until_stopped(ctx, query);
                          }},
                         {.path = "/blocks/late",
                          .handler = [](const Context& ctx, const Query& query) -> Result<Payload> {
                            const auto hook = on_stop(ctx, block_a_second);
                            return until_stopped(ctx, query);
                          },
                          .timeout = 50ms},
                         {.path = "/waits", .handler = until_stopped},
                         {.path = "/late", .handler = until_stopped, .timeout = 50ms},
                         {.path = "/hello", .handler = hello}});
    WireClient blocker = served.asking("/blocks", "blocker");
    WireClient late_blocker = served.asking("/blocks/late", "late-blocker");
    WireClient ada = served.asking("/waits", "ada");
    REQUIRE(eventually([&] { return served.ledger().opened() == 3; }));
    const auto start = Clock::now();
    blocker.close();
    ada.close();
    WireClient late = served.asking("/late", "late");
    REQUIRE(late.answer().has_value());
    REQUIRE(served.asking("/hello", "hello").answer().has_value());
    REQUIRE(served.ledger().finished("ada").has_value());
    CHECK(Clock::now() - start < 900ms);  // none of them waited for a hook's second
    CHECK(served.ledger().finished("blocker").has_value());
    CHECK(served.ledger().finished("late-blocker").has_value());
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("slow heads cost no thread, and do not stop others from being served") {
  const Baseline baseline;
  {
    const Served served({{.path = "/hello", .handler = hello}});
    (void)served.asking("/hello", "warm").answer();
    const std::size_t threads = Census::take().threads;
    std::vector<WireClient> slow;
    for (int i = 0; i < 400; ++i) {
      slow.emplace_back(served.port());
      slow.back().send("GET /hello HTTP/1.1\r\nHo");
    }
    const auto answer = served.asking("/hello", "quick").answer();
    REQUIRE(answer.has_value());
    CHECK(answer->body == "hello");
    CHECK(Census::take().threads <= threads + 4);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("a client that does not read its answer holds no thread, and its request is done") {
  const Baseline baseline;
  {
    const Served served({{.path = "/big",
                          .handler = [](const Context&, const Query&) -> Result<Payload> {
                            return Payload::text(std::string(8 * 1024 * 1024, 'x'));
                          }},
                         {.path = "/hello", .handler = hello}});
    std::vector<WireClient> slow;
    for (int i = 0; i < 20; ++i) {
      slow.emplace_back(served.port(), 4096);
      slow.back().get("/big");
    }
    CHECK(served.ledger().wait_closed(20));  // their work is over, though hardly a byte was read
    CHECK(served.asking("/hello", "quick").answer().has_value());
    CHECK(eventually([] { return Census::take().threads < 20; }));
    const auto answer = slow.front().answer(30s);
    REQUIRE(answer.has_value());
    CHECK(answer->body.size() == 8 * 1024 * 1024);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("20,000 cancelled requests leave nothing behind, in memory neither") {
  const Baseline baseline;
  {
    const Served served({{.path = "/waits", .handler = until_stopped}}, {.max_in_flight = 100});
    const auto leave_early = [&](std::size_t count) {
      const std::size_t before = served.ledger().closed();
      for (std::size_t i = 0; i < count; i += 50) {
        std::vector<WireClient> clients;
        for (int j = 0; j < 50; ++j) clients.push_back(served.asking("/waits", "c"));
        REQUIRE(eventually([&] { return served.ledger().opened() == before + i + 50; }));
        clients.clear();
        REQUIRE(served.ledger().wait_closed(before + i + 50));
      }
    };
    leave_early(5000);
    const std::size_t settled = resident_bytes();
    leave_early(15000);
    // The ledger itself keeps a record of each, about a kilobyte.
    if (frees_at_once) CHECK(resident_bytes() < settled + 32 * 1024 * 1024);
    for (const Finished& finished : served.ledger().all()) {
      if (finished.status != 499) FAIL_CHECK("status ", finished.status);
    }
  }
  DESIST_NOTHING_LEFT(baseline);
}

}  // namespace desist::test
