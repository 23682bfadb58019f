#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "sources/sqlite_support.hpp"
#include "support/census.hpp"

namespace desist {
namespace {

using namespace test;

struct Orders {
  Folder directory;
  std::string path = directory / "orders.db";
  Orders() { Database(path).run("CREATE TABLE orders (id INTEGER PRIMARY KEY, day TEXT)"); }
  [[nodiscard]] std::string refused(std::string query,
                                    Sqlite::Access access = Sqlite::Access::read_only) const {
    return refusal({.database = path, .query = std::move(query), .access = access});
  }
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a source lists the parameters of its query, each once, without the colon") {
  const Orders orders;
  const auto source = make({.database = orders.path,
                            .query = "SELECT * FROM orders WHERE day = :day AND id > :least OR day < :day"});
  CHECK(source->parameters() == std::vector<std::string>{"day", "least"});
}

TEST_CASE("a parameter that has no name is refused, saying how to write it") {
  const Orders orders;
  for (const std::string parameter : {"?", "?7", "@day", "$day"}) {
    const std::string message = orders.refused("SELECT * FROM orders WHERE day = " + parameter);
    CAPTURE(message);
    CHECK(contains(message, "':name'"));
  }
}

TEST_CASE("SQL that is wrong is refused with SQLite's message") {
  const Orders orders;
  CHECK(contains(orders.refused("SELEC 1"), "near \"SELEC\": syntax error"));
  CHECK(contains(orders.refused("SELECT * FROM absent"), "no such table: absent"));
  CHECK(contains(orders.refused("SELECT \"typo\" FROM orders"), "no such column: typo"));
}

TEST_CASE("a query is one statement: none, or more than one, is refused") {
  const Orders orders;
  for (const std::string query : {"", "  ", "-- nothing\n", ";", "/* nothing */"}) {
    CAPTURE(query);
    CHECK(contains(orders.refused(query), "one SQL statement is wanted"));
  }
  for (const std::string query : {"SELECT 1; SELECT 2", "SELECT 1; DELETE FROM orders;", "SELECT 1; nonsense",
                                  "SELECT 1;; -- a\n BEGIN"}) {
    CAPTURE(query);
    CHECK(contains(orders.refused(query), "there is more behind the first"));
  }
  for (const std::string query :
       {"SELECT 1 AS x;", "SELECT 1 AS x -- that is all", "SELECT 1 AS x; /* so */ ; ;\n"}) {
    CAPTURE(query);
    CHECK(text_of(make({.database = orders.path, .query = query})->fetch(Context(), {})) == "[{\"x\":1}]");
  }
  CHECK(contains(orders.refused(std::string("SELECT 1\0; SELECT 2", 19)), "NUL"));
}

TEST_CASE("a query that writes is refused where the database is opened read-only") {
  const Orders orders;
  for (const std::string query :
       {"DELETE FROM orders", "INSERT INTO orders VALUES (1, 'x')", "UPDATE orders SET day = 1",
        "DROP TABLE orders", "CREATE TABLE more (x)", "INSERT INTO orders VALUES (1, 'x') RETURNING id",
        "VACUUM", "ANALYZE", "WITH x AS (SELECT 1) DELETE FROM orders", "PRAGMA incremental_vacuum"}) {
    CAPTURE(query);
    CHECK(contains(orders.refused(query), "the query writes, and the database is opened read-only"));
  }
}

TEST_CASE("what would leave a trace on a shared connection is refused, also where writing is allowed") {
  const Orders orders;
  for (const std::string query :
       {"BEGIN", "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT s", "RELEASE s",
        "ATTACH '/tmp/other.db' AS other", "DETACH main", "CREATE TEMP TABLE t (x)",
        "CREATE TEMP VIEW v AS SELECT 1", "PRAGMA query_only = 1", "PRAGMA main.Cache_Size = 3",
        "PRAGMA journal_mode(wal)"}) {
    CAPTURE(query);
    CHECK(contains(orders.refused(query, Sqlite::Access::read_write), "not authorized ("));
  }
  for (const std::string query : {"PRAGMA table_info(orders)", "SELECT name FROM pragma_table_info('orders')",
                                  "PRAGMA user_version", "EXPLAIN QUERY PLAN SELECT * FROM orders"}) {
    CAPTURE(query);
    CHECK(make({.database = orders.path, .query = query})->fetch(Context(), {}).has_value());
  }
}

TEST_CASE("extensions cannot be loaded") {
  const Orders orders;
  const auto source = make({.database = orders.path, .query = "SELECT load_extension('/lib/nothing.so')"});
  const Result<Payload> got = source->fetch(Context(), {});
  REQUIRE_FALSE(got.has_value());
  CHECK(contains(got.error().message, "not authorized"));
}

TEST_CASE("two columns of one name are refused, saying what to do") {
  const Orders orders;
  const std::string message = orders.refused("SELECT a.id, b.id FROM orders a, orders b");
  CHECK(contains(message, "two columns are called 'id'"));
  CHECK(contains(message, "AS"));
}

TEST_CASE("a database that is missing, a directory, or not named is refused by its path") {
  const Folder directory;
  const std::string missing = directory / "missing.db";
  CHECK(contains(refusal({.database = missing, .query = "SELECT 1"}), "'" + missing + "'"));
  CHECK(contains(refusal({.database = missing, .query = "SELECT 1"}), "No such file or directory"));
  CHECK_FALSE(std::filesystem::exists(missing));
  CHECK(contains(refusal({.database = missing, .query = "SELECT 1", .access = Sqlite::Access::read_write}),
                 "No such file or directory"));
  CHECK_FALSE(std::filesystem::exists(missing));
  std::filesystem::create_directory((directory / "folder"));
  CHECK(contains(refusal({.database = (directory / "folder"), .query = "SELECT 1"}), "cannot open"));
  CHECK(contains(refusal({.database = "", .query = "SELECT 1"}), "no database is named"));
}

TEST_CASE("a path is a path: SQLite's names for a database in memory and URIs open nothing else") {
  const Orders orders;
  for (const std::string& path :
       {std::string(":memory:"), "file:" + orders.path + "?mode=memory", std::string("file::memory:")}) {
    CAPTURE(path);
    CHECK(contains(refusal({.database = path, .query = "SELECT 1"}), "No such file or directory"));
  }
}

TEST_CASE("a file that is no database is refused, also by a query that reads no table") {
  const Folder directory;
  const std::string path = directory / "text.db";
  std::ofstream(path) << std::string(4096, 'x');
  CHECK(contains(refusal({.database = path, .query = "SELECT 1"}), "file is not a database"));
}

TEST_CASE("a database that may not be written is refused for writing") {
  const Orders orders;
  std::filesystem::permissions(orders.path, std::filesystem::perms::owner_read);
  if (access(orders.path.c_str(), W_OK) == 0) return;  // this user may write everything
  CHECK(contains(orders.refused("DELETE FROM orders", Sqlite::Access::read_write), "no permission"));
}

TEST_CASE("no connections at all are refused") {
  const Orders orders;
  CHECK(contains(refusal({.database = orders.path, .query = "SELECT 1", .max_connections = 0}),
                 "max_connections"));
}

TEST_CASE("a source that was refused leaves nothing open") {
  const Orders orders;
  const Baseline before;
  for (int i = 0; i < 50; ++i) {
    static_cast<void>(orders.refused("SELECT * FROM absent"));
    static_cast<void>(orders.refused("SELECT 1; SELECT 2"));
    static_cast<void>(orders.refused("SELECT ?"));
  }
  CHECK_MESSAGE(before.settled(), before.text());
}

}  // namespace
}  // namespace desist
