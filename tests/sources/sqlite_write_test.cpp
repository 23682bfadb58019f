#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "sources/sqlite_support.hpp"
#include "support/stops_at_the_end.hpp"

namespace desist {
namespace {

using namespace std::chrono_literals;
using namespace test;

struct Fixture {
  Folder directory;
  std::string path = directory / "data.db";
  Fixture() {
    Database(path).run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t "
        "SELECT i, 0 FROM n");
  }
  [[nodiscard]] std::shared_ptr<Sqlite> writer(std::string query, std::size_t max_rows = 10000) const {
    return make({.database = path,
                 .query = std::move(query),
                 .max_rows = max_rows,
                 .max_connections = 1,
                 .access = Sqlite::Access::read_write});
  }
};

TEST_CASE("what a query writes is there once it has answered") {
  const Fixture data;
  const auto source = data.writer("UPDATE t SET x = :x WHERE id <= 2 RETURNING id, x");
  Query query;
  query.params.emplace("x", std::int64_t{9});
  CHECK(text_of(source->fetch(Context(), query)) == R"([{"id":1,"x":9},{"id":2,"x":9}])");
  CHECK(Database(data.path).number("SELECT count(*) FROM t WHERE x = 9") == 2);
  CHECK(text_of(data.writer("DELETE FROM t WHERE id = 1")->fetch(Context(), {})) == "[]");
  CHECK(Database(data.path).number("SELECT count(*) FROM t") == 19999);
}

TEST_CASE("a change that is interrupted half-way is undone whole, and the connection serves on") {
  const Fixture data;
  // Each row takes some fifty microseconds, all of them a second: a few hundred are changed when the stop
  // comes.
  const auto source = data.writer(
      "UPDATE t SET x = x + min(1, (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
      "500 AND "
      "t.id > 0) SELECT count(*) FROM n))");
  for (const auto timeout : {10ms, 30ms, 60ms}) {
    const Scope request = Context().with_timeout(timeout);
    check_cancelled(source->fetch(request, {}), Reason::deadline_exceeded);
    CHECK(Database(data.path).number("SELECT count(*) FROM t WHERE x <> 0") == 0);
    CHECK(Database(data.path).number("SELECT count(*) FROM t") == 20000);
  }
  Database(data.path).run("DELETE FROM t WHERE id > 10");
  CHECK(text_of(source->fetch(Context(), {})) == "[]");
  CHECK(Database(data.path).number("SELECT sum(x) FROM t") == 10);
}

TEST_CASE("a change whose rows are too many or too large is undone: an error has changed nothing") {
  const Fixture data;
  const auto source = data.writer("UPDATE t SET x = 5 WHERE id <= 11 RETURNING id", 10);
  for (int round = 0; round < 3; ++round) {
    const Result<Payload> got = source->fetch(Context(), {});
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == ErrorCode::too_large);
    CHECK(Database(data.path).number("SELECT count(*) FROM t WHERE x = 5") == 0);
  }
  const Result<Payload> got =
      data.writer("UPDATE t SET x = 5 WHERE id <= 2 RETURNING zeroblob(9000000) AS b")->fetch(Context(), {});
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::too_large);
  CHECK(Database(data.path).number("SELECT count(*) FROM t WHERE x = 5") == 0);
}

TEST_CASE(
    "a change that waits for another's lock or for its readers can be stopped, and has changed nothing") {
  const Fixture data;
  const auto source = data.writer("UPDATE t SET x = 5 WHERE id = 1");
  Database other(data.path);
  sqlite3_stmt* reading = nullptr;
  for (const bool by_reader : {false, true}) {
    CAPTURE(by_reader);
    if (by_reader) {  // a read that is under way lets the change be made, and keeps it from being committed
      REQUIRE(sqlite3_prepare_v2(other.handle(), "SELECT id FROM t", -1, &reading, nullptr) == SQLITE_OK);
      REQUIRE(sqlite3_step(reading) == SQLITE_ROW);
    } else {
      other.run("BEGIN IMMEDIATE");
    }
    Request request;
    std::jthread client([&] {
      CHECK(request.reaches("waiting for a lock"));
      request.leave();
    });
    check_cancelled(source->fetch(request, {}), Reason::client_gone);
    client.join();
    CHECK(other.number("SELECT count(*) FROM t WHERE x = 5") == 0);
    if (!by_reader) other.run("COMMIT");
  }
  sqlite3_finalize(reading);
  CHECK(text_of(source->fetch(Context(), {})) == "[]");
  CHECK(other.number("SELECT count(*) FROM t WHERE x = 5") == 1);
}

TEST_CASE(
    "a stop at the moment of a commit: an answer means that the change is there, cancelled that it is not") {
  int made = 0;
  int given_up = 0;
  for (const std::string journal : {"wal", "delete"}) {
    CAPTURE(journal);
    const Fixture data;
    Database(data.path).run("PRAGMA journal_mode = " + journal + "; CREATE TABLE log (n INTEGER, i INTEGER)");
    const auto source = data.writer(
        "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 500) "
        "INSERT INTO log SELECT :n, i FROM c");
    Database reader(data.path);
    reader.run("CREATE INDEX log_n ON log (n)");
    StopsAtTheEnd stops;
    for (std::int64_t n = 0; n < 300; ++n) {
      stops.round([&](const Context& ctx) {
        Query query;
        query.params.emplace("n", n);
        const Result<Payload> got = source->fetch(ctx, query);
        if (!got) check_cancelled(got, Reason::deadline_exceeded);
        const auto there = reader.number("SELECT count(*) FROM log WHERE n = " + std::to_string(n));
        REQUIRE(there == (got ? 500 : 0));
        return got.has_value();
      });
    }
    made += stops.finished;
    given_up += stops.stopped;
  }
  MESSAGE("made " << made << ", given up " << given_up);
  CHECK(made > 100);  // the stops did fall around the commit
  CHECK(given_up > 100);
}

}  // namespace
}  // namespace desist
