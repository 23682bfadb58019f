#include "desist/query.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

namespace desist {
namespace {

TEST_CASE("a parameter is found by its name, in the type that it was given") {
  Query query;
  query.params.emplace("day", std::string("2024-02-29"));
  query.params.emplace("limit", std::int64_t{100});

  REQUIRE(query.find("limit") != nullptr);
  CHECK(std::get<std::int64_t>(*query.find("limit")) == 100);
  CHECK(std::get<std::string>(*query.find("day")) == "2024-02-29");
  CHECK(query.find("Limit") == nullptr);
  CHECK(query.find("") == nullptr);
}

TEST_CASE("a declared parameter is read in its type; another name or type is a mistake that says so") {
  Query query;
  query.params.emplace("day", std::string("2024-02-29"));
  query.params.emplace("limit", std::int64_t{100});
  query.params.emplace("share", 0.5);

  CHECK(query.text("day") == "2024-02-29");
  CHECK(query.integer("limit") == 100);
  CHECK(query.number("share") == 0.5);
  CHECK_THROWS_WITH_AS((void)query.text("dya"), "no parameter is named 'dya'", std::logic_error);
  CHECK_THROWS_WITH_AS((void)query.integer("day"), "the parameter 'day' was not declared as an integer",
                       std::logic_error);
  CHECK_THROWS_WITH_AS((void)query.text("limit"), "the parameter 'limit' was not declared as text",
                       std::logic_error);
  CHECK_THROWS_WITH_AS((void)query.number("limit"), "the parameter 'limit' was not declared as a number",
                       std::logic_error);
}

TEST_CASE("a value as text reads back as the same value") {
  CHECK(to_text(std::string("a b")) == "a b");
  CHECK(to_text(std::int64_t{-9223372036854775807 - 1}) == "-9223372036854775808");
  CHECK(to_text(0.1) == "0.1");
  CHECK(to_text(1e300) == "1e+300");
  CHECK(to_text(2.0) == "2");
  CHECK(std::stod(to_text(1.0 / 3.0)) == 1.0 / 3.0);
}

}  // namespace
}  // namespace desist
