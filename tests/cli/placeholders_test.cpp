#include "cli/placeholders.hpp"

#include <doctest/doctest.h>

#include "desist/sqlite.hpp"

#include "database.hpp"
#include "sources/command_template.hpp"
#include "support/folder.hpp"

using desist::cli::placeholders_of_argument;
using desist::cli::placeholders_of_path;
using desist::cli::placeholders_of_sql;
using Names = std::vector<std::string>;

TEST_CASE("the placeholders of an argument stand in single braces") {
  CHECK(placeholders_of_argument("plain").value() == Names{});
  CHECK(placeholders_of_argument("--year={year}").value() == Names{"year"});
  CHECK(placeholders_of_argument("{a}-{b}-{a}").value() == Names{"a", "b"});
  CHECK(placeholders_of_argument("{{year}}").value() == Names{});
  CHECK(placeholders_of_argument("{{{year}}}").value() == Names{"year"});
  for (const char* wrong : {"{", "}", "{}", "{year", "year}", "{a b}", "{1}", "{{a}", "{$1}"}) {
    CAPTURE(wrong);
    CHECK_FALSE(placeholders_of_argument(wrong).has_value());
  }
}

TEST_CASE("the placeholders of a statement stand outside strings, quoted names and comments") {
  CHECK(placeholders_of_sql("select * from t where a = :a and b > :b2 and :a").value() == Names{"a", "b2"});
  CHECK(placeholders_of_sql("select ':no', \":no\", `:no`, [:no], 'it''s :no' -- :no\n, :yes /* :no */")
            .value() == Names{"yes"});
  CHECK(placeholders_of_sql("select json_extract(x, '$.a'), a$b, t1 from x -- unfinished :no").value() ==
        Names{});
  CHECK(placeholders_of_sql("select '").value() == Names{});
  for (const char* wrong : {"select ?", "select ?1", "select @a", "select $a", "select :", "select :1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(placeholders_of_sql(wrong).has_value());
  }
}

TEST_CASE("the placeholders of a path are whole segments, each once") {
  CHECK(placeholders_of_path("/").value() == Names{});
  CHECK(placeholders_of_path("/a/{b}/c/{d}").value() == Names{"b", "d"});
  for (const char* wrong : {"", "a", "/a{b}", "/{a}{b}", "/{a}/{a}", "/{", "/{}", "/{1}"}) {
    CAPTURE(wrong);
    CHECK_FALSE(placeholders_of_path(wrong).has_value());
  }
}

TEST_CASE("a command fills the placeholders that a config sees in its arguments") {
  for (const char* argument : {"", "plain", "{a}", "--x={a}-{b}{a}", "{{a}}", "{{{a}}}", "}}{{", "{", "}",
                               "{}", "{a", "a}", "{a b}", "{{a}", "{a}}", "{{}", "{$1}"}) {
    CAPTURE(argument);
    const auto seen = placeholders_of_argument(argument);
    const auto filled = desist::CommandTemplate::parse({"program", argument});
    CHECK(seen.has_value() == filled.has_value());
    if (seen && filled) CHECK(*seen == filled->parameters());
  }
}

TEST_CASE("SQLite binds the placeholders that a config sees in a statement") {
  const desist::test::Folder folder;
  const std::string database = desist::test::make_database(folder / "t.db");
  for (const char* query :
       {"select n from t", "select n from t where n = :n", "select :b as x, :a as y, :b as z",
        "select ':no' as x, n as \":no\" from t where n > :yes -- :no",
        "select n as [:no], n as `:n'o` /* :no */ from t where n>:a1/:_b",
        "select 'it''s :no' as x, :yes || ':no' as y", "select json_extract('{}', '$.no') as x",
        "select /* unfinished :no", "select n from t where n = :a/*:no*/+:b--:no\n+:c"}) {
    CAPTURE(query);
    desist::Sqlite::Options options;
    options.database = database;
    options.query = query;
    const auto source = desist::Sqlite::make(options);
    if (source) CHECK(placeholders_of_sql(query).value() == (*source)->parameters());
  }
}
