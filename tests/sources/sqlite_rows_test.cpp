#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "sources/sqlite_support.hpp"

namespace desist {
namespace {

using namespace test;

struct Fixture {
  Folder directory;
  std::string path = directory / "data.db";
  Fixture() { Database(path).run("CREATE TABLE orders (id INTEGER PRIMARY KEY, day TEXT, total REAL)"); }
  [[nodiscard]] Result<Payload> ask(std::string query, const Query& with = {}) const {
    return make({.database = path, .query = std::move(query)})->fetch(Context(), with);
  }
  [[nodiscard]] std::string rows(std::string query, const Query& with = {}) const {
    return text_of(ask(std::move(query), with));
  }
};

Query with(std::string name, ParamValue value) {
  Query query;
  query.params.emplace(std::move(name), std::move(value));
  return query;
}

TEST_CASE("rows are an array of objects, members in the order of the columns") {
  const Fixture data;
  Database(data.path).run("INSERT INTO orders VALUES (1, '2024-01-01', 2.5), (2, NULL, 1e30)");
  CHECK(data.rows("SELECT total, id, day AS \"a \"\"day\"\"\" FROM orders ORDER BY id") ==
        R"([{"total":2.5,"id":1,"a \"day\"":"2024-01-01"},{"total":1e+30,"id":2,"a \"day\"":null}])");
  CHECK(data.rows("SELECT * FROM orders WHERE id > 2") == "[]");
}

TEST_CASE("each of SQLite's types has its form in JSON") {
  const Fixture data;
  CHECK(data.rows(
            "SELECT 9223372036854775807 AS a, -9223372036854775808 AS b, 0.1 AS c, 2.0 AS d, NULL AS e") ==
        R"([{"a":9223372036854775807,"b":-9223372036854775808,"c":0.1,"d":2.0,"e":null}])");
  CHECK(data.rows("SELECT 9e999 AS a, -9e999 AS b, '' AS c, x'' AS d, 'a\n\"' AS e") ==
        R"([{"a":null,"b":null,"c":"","d":"","e":"a\n\""}])");
}

TEST_CASE("a blob is base64") {
  const Fixture data;
  CHECK(data.rows("SELECT x'4d' AS a, x'4d61' AS b, x'4d616e' AS c, x'00ff10fbefbeffffff' AS d") ==
        R"([{"a":"TQ==","b":"TWE=","c":"TWFu","d":"AP8Q++++////"}])");
}

TEST_CASE("text that is not UTF-8 has replacement characters in its place, and a NUL is kept") {
  const Fixture data;
  CHECK(data.rows("SELECT CAST(x'61ff62' AS TEXT) AS a, 'x' || char(0) || 'y' AS b") ==
        "[{\"a\":\"a\xEF\xBF\xBD"
        "b\",\"b\":\"x\\u0000y\"}]");
}

TEST_CASE("a database in UTF-16 gives its text in UTF-8") {
  const Folder directory;
  const std::string path = directory / "wide.db";
  Database(path).run(
      "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (x); INSERT INTO t VALUES ('\xC3\xA4\xF0\x9F\x98\x80')");
  CHECK(text_of(make({.database = path, .query = "SELECT x FROM t"})->fetch(Context(), {})) ==
        "[{\"x\":\"\xC3\xA4\xF0\x9F\x98\x80\"}]");
}

TEST_CASE("parameters are bound in the types that they have") {
  const Fixture data;
  CHECK(data.rows("SELECT typeof(:x) AS t, :x AS x", with("x", std::int64_t{7})) ==
        R"([{"t":"integer","x":7}])");
  CHECK(data.rows("SELECT typeof(:x) AS t, :x AS x", with("x", 0.5)) == R"([{"t":"real","x":0.5}])");
  CHECK(data.rows("SELECT typeof(:x) AS t, :x AS x", with("x", std::string("7"))) ==
        R"([{"t":"text","x":"7"}])");
  CHECK(data.rows("SELECT :x AS x", with("x", std::string())) == R"([{"x":""}])");
  CHECK(data.rows("SELECT :x AS x", with("x", std::numeric_limits<double>::quiet_NaN())) ==
        R"([{"x":null}])");
}

TEST_CASE("what looks like SQL in a parameter is data") {
  const Fixture data;
  Database(data.path).run("INSERT INTO orders VALUES (1, 'a', 1), (2, 'b', 2)");
  const std::string query = "SELECT id FROM orders WHERE day = :day";
  CHECK(data.rows(query, with("day", std::string("a"))) == "[{\"id\":1}]");
  CHECK(data.rows(query, with("day", std::string("a' OR 1=1 --"))) == "[]");
  CHECK(data.rows(query, with("day", std::string("'; DROP TABLE orders; --"))) == "[]");
  CHECK(data.rows("SELECT :day AS d", with("day", std::string("'\"; DROP"))) == R"([{"d":"'\"; DROP"}])");
  CHECK(Database(data.path).number("SELECT count(*) FROM orders") == 2);
}

TEST_CASE("a limit is bound as an integer") {
  const Fixture data;
  Database(data.path).run("INSERT INTO orders (id) VALUES (1), (2), (3)");
  CHECK(data.rows("SELECT id FROM orders ORDER BY id LIMIT :n", with("n", std::int64_t{2})) ==
        "[{\"id\":1},{\"id\":2}]");
}

TEST_CASE("no value of one query is left for the next") {
  const Fixture data;
  const auto source = make({.database = data.path, .query = "SELECT :a AS a, :b AS b", .max_connections = 1});
  Query both = with("a", std::string("secret"));
  both.params.emplace("b", std::int64_t{1});
  CHECK(text_of(source->fetch(Context(), both)) == R"([{"a":"secret","b":1}])");
  const Result<Payload> got = source->fetch(Context(), with("b", std::int64_t{2}));
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::invalid);
  CHECK(got.error().message == "parameter 'a' is missing");
}

TEST_CASE("parameters that the statement does not have are passed over") {
  const Fixture data;
  CHECK(data.rows("SELECT 1 AS x", with("other", std::int64_t{7})) == "[{\"x\":1}]");
}

TEST_CASE("more rows than allowed are too large, never cut") {
  const Fixture data;
  const std::string query =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :n) SELECT i FROM n";
  const auto source = make({.database = data.path, .query = query, .max_rows = 100, .max_connections = 1});
  CHECK(nlohmann::json::parse(text_of(source->fetch(Context(), with("n", std::int64_t{100})))).size() == 100);
  const Result<Payload> got = source->fetch(Context(), with("n", std::int64_t{101}));
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::too_large);
  CHECK(got.error().message == "more than max_rows = 100 rows");
  CHECK(nlohmann::json::parse(text_of(source->fetch(Context(), with("n", std::int64_t{3})))).size() == 3);
}

TEST_CASE("more than 16 MiB of JSON is too large: in one value, in many rows, and by escapes") {
  const Fixture data;
  const std::string rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) ";
  for (const std::string& query :
       {std::string("SELECT zeroblob(16000000) AS x"), rows + "SELECT zeroblob(1000000) AS x FROM n",
        std::string("SELECT replace(hex(zeroblob(2000000)), '0', char(1)) AS x"),
        std::string("SELECT zeroblob(17000000) AS x")}) {
    CAPTURE(query);
    const Result<Payload> got = data.ask(query);
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == ErrorCode::too_large);
  }
  CHECK(data.rows("SELECT zeroblob(12000000) AS x").size() == 16'000'010);
}

TEST_CASE(
    "an error while rows come is a failure with SQLite's message, and the next query has a whole "
    "connection") {
  const Fixture data;
  const auto source = make({.database = data.path,
                            .query = "SELECT value FROM json_each('[1,2,3]') WHERE abs(value - :x) >= 0",
                            .max_connections = 1});
  for (int round = 0; round < 3; ++round) {
    const Result<Payload> got =
        source->fetch(Context(), with("x", std::numeric_limits<std::int64_t>::min() + 1));
    if (!got) {
      CHECK(got.error().code == ErrorCode::failed);
      CHECK(got.error().message == "the query failed: integer overflow");
    }
    CHECK(text_of(source->fetch(Context(), with("x", std::int64_t{1}))) ==
          R"([{"value":1},{"value":2},{"value":3}])");
  }
}

TEST_CASE("a damaged database is a failure while it is damaged, and no longer") {
  const Fixture data;
  {
    Database database(data.path);
    database.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
        "INSERT INTO orders SELECT i, 'day', i FROM n");
  }
  const auto source =
      make({.database = data.path, .query = "SELECT sum(total) AS x FROM orders", .max_connections = 1});
  std::string good;
  {
    std::ifstream file(data.path, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto overwrite = [&](const std::string& content) {
    std::fstream file(data.path, std::ios::binary | std::ios::in | std::ios::out);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
  };
  std::string bad = good;
  std::fill(bad.begin() + 4096, bad.end(), '\xEE');
  overwrite(bad);
  const Result<Payload> got = source->fetch(Context(), {});
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::failed);
  CHECK(got.error().message == "the query failed: database disk image is malformed");
  overwrite(good);
  CHECK(text_of(source->fetch(Context(), {})) == "[{\"x\":12502500.0}]");
}

TEST_CASE("a schema that changes between queries is taken up") {
  const Fixture data;
  const auto source = make({.database = data.path, .query = "SELECT * FROM orders", .max_connections = 1});
  Database database(data.path);
  database.run("INSERT INTO orders VALUES (1, 'a', 2)");
  CHECK(text_of(source->fetch(Context(), {})) == R"([{"id":1,"day":"a","total":2.0}])");
  database.run("ALTER TABLE orders ADD COLUMN note DEFAULT 'n'");
  CHECK(text_of(source->fetch(Context(), {})) == R"([{"id":1,"day":"a","total":2.0,"note":"n"}])");
}

TEST_CASE("a database file that is replaced is read anew, and one that is gone is a failure") {
  const Fixture data;
  const auto source =
      make({.database = data.path, .query = "SELECT count(*) AS n FROM orders", .max_connections = 1});
  CHECK(text_of(source->fetch(Context(), {})) == R"([{"n":0}])");
  const std::string next = data.directory / "next.db";
  Database(next).run("CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1), (2)");
  std::filesystem::rename(next, data.path);
  CHECK(text_of(source->fetch(Context(), {})) == R"([{"n":2}])");
  std::filesystem::remove(data.path);
  const Result<Payload> got = source->fetch(Context(), {});
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::failed);
}

}  // namespace
}  // namespace desist
