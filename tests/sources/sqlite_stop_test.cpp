#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <thread>

#include <doctest/doctest.h>

#include "desist/all.hpp"
#include "desist/waits.hpp"

#include "sources/sqlite_support.hpp"
#include "support/census.hpp"
#include "support/eventually.hpp"
#include "support/stops_at_the_end.hpp"

namespace desist {
namespace {

using namespace std::chrono_literals;
using namespace test;

// A stop is obeyed within milliseconds; what a test asks for leaves room for a machine that is busy with
// other things.
constexpr auto at_once = 500ms;

struct Fixture {
  Folder directory;
  std::string path = directory / "data.db";
  Fixture() { Database(path).run("CREATE TABLE t (x)"); }
  [[nodiscard]] std::shared_ptr<Sqlite> source(std::string query, std::size_t max_connections = 1) const {
    return make(
        {.name = "orders", .database = path, .query = std::move(query), .max_connections = max_connections});
  }
};

Query with(std::string name, ParamValue value) {
  Query query;
  query.params.emplace(std::move(name), std::move(value));
  return query;
}

// Counts to :n: microseconds or hours, as one likes.
const std::string count_to =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :n) SELECT count(*) AS n FROM "
    "n";
constexpr std::int64_t hours = 100'000'000'000;

TEST_CASE(
    "a query that would take hours returns soon after its request stops, and the next has its connection") {
  const Fixture data;
  const auto source = data.source(count_to);
  for (int round = 0; round < 5; ++round) {
    Request request;
    TimePoint told;
    std::jthread client([&] {
      CHECK(request.reaches("stepping"));
      told = Clock::now();
      request.leave();
    });
    const Result<Payload> got = source->fetch(request, with("n", hours));
    const TimePoint returned = Clock::now();
    client.join();
    check_cancelled(got, Reason::client_gone);
    CHECK(returned - told < at_once);
    CHECK(text_of(source->fetch(Context(), with("n", std::int64_t{1000}))) == "[{\"n\":1000}]");
  }
}

TEST_CASE("a fetch is a worker of its request, with the source's name and outcome") {
  const Fixture data;
  const auto source = data.source(count_to);
  Request request;
  CHECK(source->fetch(request, with("n", std::int64_t{5})).has_value());
  CHECK_FALSE(source->fetch(request, {}).has_value());
  std::jthread client([&] {
    CHECK(request.reaches("stepping"));
    request.leave();
  });
  CHECK_FALSE(source->fetch(request, with("n", hours)).has_value());
  client.join();
  const std::vector<WorkerView> workers = request.workers();
  REQUIRE(workers.size() == 3);
  for (const WorkerView& worker : workers) {
    CHECK(worker.name == "orders");
    CHECK(worker.kind == "sqlite");
  }
  CHECK(workers[0].outcome == Outcome::finished);
  CHECK(workers[1].outcome == Outcome::failed);
  CHECK(workers[2].outcome == Outcome::cancelled);
}

TEST_CASE("a request that has stopped before the fetch gets nothing, however short the query") {
  const Fixture data;
  const auto source = data.source("SELECT 1 AS x");
  Scope request = Context::root();
  request.cancel(Reason::operator_cancelled);
  check_cancelled(source->fetch(request, {}), Reason::operator_cancelled);
}

TEST_CASE("a deadline ends a query that steps") {
  const Fixture data;
  const auto source = data.source(count_to);
  const TimePoint begun = Clock::now();
  const Scope request = Context().with_timeout(50ms);
  check_cancelled(source->fetch(request, with("n", hours)), Reason::deadline_exceeded);
  const Duration took = Clock::now() - begun;
  CHECK(took >= 50ms);
  CHECK(took < 50ms + at_once);
}

TEST_CASE("a sort, a join and rows that go on and on are interrupted too") {
  const Fixture data;
  const std::string numbers =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) ";
  for (const std::string& query :
       {numbers + "SELECT i FROM n ORDER BY random() LIMIT 1",
        numbers + "SELECT count(*) AS c FROM n a, n b, n c",
        numbers + "SELECT DISTINCT hex(i * 7919) AS h FROM n LIMIT 1 OFFSET 2999999",
        std::string("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT 1 AS x FROM n "
                    "WHERE i < 0")}) {
    CAPTURE(query);
    const auto source = data.source(query);
    const TimePoint deadline = Clock::now() + 30ms;
    const Scope request = Context().with_deadline(deadline);
    const Result<Payload> got = source->fetch(request, {});
    CHECK(Clock::now() - deadline < at_once);
    check_cancelled(got, Reason::deadline_exceeded);
  }
}

TEST_CASE(
    "a stop at the moment of completion gives the whole result or cancelled, and never hurts the next "
    "query") {
  const Fixture data;
  const auto source = data.source(count_to);
  const auto ask = [&](const Context& ctx) { return source->fetch(ctx, with("n", std::int64_t{5000})); };
  StopsAtTheEnd stops;
  for (int round = 0; round < 1500; ++round) {
    stops.round([&](const Context& ctx) {
      Result<Payload> got = ask(ctx);
      if (!got) {
        check_cancelled(got, Reason::deadline_exceeded);
        return false;
      }
      REQUIRE(std::move(*got).take_bytes() == "[{\"n\":5000}]");
      // On the same connection, and perhaps at the moment when the stop comes that found the first one
      // finished.
      REQUIRE(ask(Context()).has_value());
      return true;
    });
    REQUIRE(ask(Context()).has_value());
  }
  MESSAGE("whole " << stops.finished << ", given up " << stops.stopped);
  CHECK(stops.finished > 150);
  CHECK(stops.stopped > 150);
}

TEST_CASE("stopping one query never touches its neighbours on other connections") {
  const Fixture data;
  const auto source = data.source(count_to, 3);
  std::atomic<bool> done{false};
  std::atomic<int> answered{0};
  const auto neighbour = [&] {
    while (!done) {
      Result<Payload> got = source->fetch(Context(), with("n", std::int64_t{3000}));
      CHECK(got.has_value());
      if (got) CHECK(std::move(*got).take_bytes() == "[{\"n\":3000}]");
      ++answered;
    }
  };
  std::jthread one(neighbour);
  std::jthread two(neighbour);
  std::mt19937 random(2);
  std::uniform_int_distribution<int> moment(0, 300);
  for (int round = 0; round < 500; ++round) {
    const Scope request = Context().with_timeout(std::chrono::microseconds(moment(random)));
    check_cancelled(source->fetch(request, with("n", hours)), Reason::deadline_exceeded);
  }
  CHECK(eventually([&] { return answered > 100; }));
  done = true;
}

TEST_CASE("beyond its connections a source makes fetches wait, and a waiting one can leave") {
  const Fixture data;
  const auto source = data.source(count_to);
  Request first;
  Request second;
  std::optional<Result<Payload>> first_got;
  std::optional<Result<Payload>> second_got;
  {
    std::jthread one([&] { first_got = source->fetch(first, with("n", hours)); });
    CHECK(first.reaches("stepping"));
    TimePoint told;
    TimePoint returned;
    {
      std::jthread two([&] {
        second_got = source->fetch(second, with("n", std::int64_t{1}));
        returned = Clock::now();
      });
      CHECK(second.reaches("waiting for a connection"));
      told = Clock::now();
      second.leave();
    }
    check_cancelled(second_got.value(), Reason::client_gone);
    CHECK(returned - told < at_once);
    CHECK(first.reaches("stepping"));
    first.leave();
  }
  check_cancelled(first_got.value(), Reason::client_gone);
  CHECK(text_of(source->fetch(Context(), with("n", std::int64_t{7}))) == "[{\"n\":7}]");
}

TEST_CASE("many fetches share a few connections, and each gets its own rows") {
  const Fixture data;
  const auto source = data.source("SELECT :x AS x", 2);
  {
    std::vector<std::jthread> clients;
    for (std::int64_t client = 0; client < 12; ++client) {
      clients.emplace_back([&source, client] {
        for (int i = 0; i < 200; ++i) {
          Result<Payload> got = source->fetch(Context(), with("x", client));
          CHECK(got.has_value());
          if (got) CHECK(std::move(*got).take_bytes() == "[{\"x\":" + std::to_string(client) + "}]");
        }
      });
    }
  }
}

TEST_CASE(
    "a sibling's failure ends a query that runs and one that waits for it, and the failure is the answer") {
  const Fixture data;
  class FailsWhen final : public Store {
   public:
    explicit FailsWhen(std::function<bool()> condition) : condition_(std::move(condition)) {}
    Result<Payload> fetch(const Context& /*ctx*/, const Query& /*query*/) override {
      CHECK(condition_());
      return failure(ErrorCode::failed, "exit status 3");
    }

   private:
    std::function<bool()> condition_;
  };
  const auto source = data.source(endless);
  Request request;
  const auto both_there = [&] {
    return request.reaches("stepping") && request.reaches("waiting for a connection");
  };
  All dashboard({{"orders", source}, {"again", source}, {"broken", std::make_shared<FailsWhen>(both_there)}});
  const TimePoint begun = Clock::now();
  const Result<Payload> got = dashboard.fetch(request, {});
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().message == "broken: exit status 3");
  CHECK(Clock::now() - begun < 5s);
  int sqlite_workers = 0;
  for (const WorkerView& worker : request.workers()) {
    CHECK(worker.outcome != Outcome::running);
    if (worker.kind != "sqlite") continue;
    ++sqlite_workers;
    CHECK(worker.outcome == Outcome::cancelled);
  }
  CHECK(sqlite_workers == 2);
  CHECK(text_of(data.source("SELECT 1 AS x")->fetch(Context(), {})) == "[{\"x\":1}]");
}

TEST_CASE(
    "a part of a composite that is a query becomes that query's worker: one piece of work, one record") {
  const Fixture data;
  Request request;
  All dashboard({{"orders", data.source("SELECT 1 AS x")}});
  CHECK(text_of(dashboard.fetch(request, {})) == R"({"orders":[{"x":1}]})");
  const std::vector<WorkerView> workers = request.workers();
  REQUIRE(workers.size() == 1);
  CHECK(workers[0].kind == "sqlite");
  CHECK(workers[0].name == "orders");
}

TEST_CASE("a source that has served and been stopped leaves no thread, descriptor or timer behind") {
  const Baseline before;
  {
    const Fixture data;
    const auto source = data.source(count_to, 8);
    std::vector<std::jthread> clients;
    for (int client = 0; client < 8; ++client) {
      clients.emplace_back([&source] {
        for (int i = 0; i < 10; ++i) {
          const Scope request = Context().with_timeout(1ms);
          CHECK_FALSE(source->fetch(request, with("n", hours)).has_value());
        }
      });
    }
  }
  CHECK_MESSAGE(before.settled(), before.text());
}

}  // namespace
}  // namespace desist
