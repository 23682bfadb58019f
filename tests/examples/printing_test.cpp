#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include "examples.hpp"

// Each of the small examples says in the comment on its top what it prints.

namespace desist::test {
namespace {

/// The indented lines below "Prints:" of the comment that the source begins with.
std::string promised(const std::string& source) {
  constexpr std::string_view indent = "///     ";
  std::istringstream lines(source.substr(source.find("/// Prints:\n")));
  std::string text;
  for (std::string line; std::getline(lines, line) && line.starts_with("///");) {
    if (line.starts_with(indent)) text += line.substr(indent.size()) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("each small example prints what its comment says") {
  for (const char* name : {"adopt_httplib", "cpu_loop", "plain_token_store", "shielded_cleanup",
                           "travelling_value", "wait_any"}) {
    CAPTURE(name);
    Program program({.path = example(name)});
    CHECK(program.exit_status() == 0);
    const std::string expected = promised(example_source(std::string(name) + ".cpp"));
    CHECK(!expected.empty());
    CHECK(program.output() == expected);
    CHECK(program.errors().empty());
  }
}

TEST_CASE("the race between data and stop has one outcome, whoever is faster") {
  const std::string expected = promised(example_source("wait_any.cpp"));
  for (int i = 0; i < 50; ++i) {
    Program program({.path = example("wait_any")});
    REQUIRE(program.exit_status() == 0);
    REQUIRE(program.output() == expected);
  }
}

}  // namespace desist::test
