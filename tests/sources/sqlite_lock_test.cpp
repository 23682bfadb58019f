#include <chrono>
#include <thread>

#include <doctest/doctest.h>

#include "sources/sqlite_support.hpp"

namespace desist {
namespace {

using namespace std::chrono_literals;
using namespace test;

constexpr auto at_once = 500ms;

struct Fixture {
  Folder directory;
  std::string path = directory / "data.db";
  Fixture() {
    Database(path).run(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x INTEGER);"
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t "
        "SELECT i, 0 FROM n");
  }
  [[nodiscard]] std::shared_ptr<Sqlite> reader(std::string query = "SELECT max(id) AS n FROM t") const {
    return make({.database = path, .query = std::move(query), .max_connections = 1});
  }
};

TEST_CASE("a query waits for a lock, and goes on when it is released") {
  const Fixture data;
  const auto source = data.reader();
  Database other(data.path);
  other.run("BEGIN EXCLUSIVE");
  Request request;
  std::jthread holder([&] {
    CHECK(request.reaches("waiting for a lock"));
    other.run("COMMIT");
  });
  CHECK(text_of(source->fetch(request, {})) == "[{\"n\":20000}]");
}

TEST_CASE("a stop ends the wait for a lock, and the connection serves on once the lock is gone") {
  const Fixture data;
  const auto source = data.reader();
  Database other(data.path);
  for (int round = 0; round < 3; ++round) {
    other.run("BEGIN EXCLUSIVE");
    Request request;
    TimePoint told;
    std::jthread client([&] {
      CHECK(request.reaches("waiting for a lock"));
      told = Clock::now();
      request.leave();
    });
    const Result<Payload> got = source->fetch(request, {});
    const TimePoint returned = Clock::now();
    client.join();
    check_cancelled(got, Reason::client_gone);
    CHECK(returned - told < at_once);
    other.run("COMMIT");
    CHECK(text_of(source->fetch(Context(), {})) == "[{\"n\":20000}]");
  }
}

TEST_CASE("a deadline ends the wait for a lock, at the deadline and not before") {
  const Fixture data;
  const auto source = data.reader();
  Database other(data.path);
  other.run("BEGIN EXCLUSIVE");
  const TimePoint begun = Clock::now();
  const Scope request = Context().with_timeout(80ms);
  check_cancelled(source->fetch(request, {}), Reason::deadline_exceeded);
  const Duration took = Clock::now() - begun;
  CHECK(took >= 80ms);
  CHECK(took < 80ms + at_once);
}

TEST_CASE("a new connection that finds the database locked waits for it too") {
  const Fixture data;
  const auto source = data.reader("SELECT 1 AS x");
  Database other(data.path);
  other.run("BEGIN EXCLUSIVE");
  Request request;  // the source has no idle connection yet: this one opens the first
  std::jthread holder([&] {
    CHECK(request.reaches("waiting for a lock"));
    other.run("COMMIT");
  });
  CHECK(text_of(source->fetch(request, {})) == "[{\"x\":1}]");
}

}  // namespace
}  // namespace desist
