#include <doctest/doctest.h>

#include "support/program.hpp"

using desist::test::Folder;
using desist::test::Program;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("version prints the versions of desist, its compiler and its dependencies") {
  Program program({"version"});
  CHECK(program.exit_status() == 0);
  CHECK(program.output().rfind("desist ", 0) == 0);
  for (const char* name : {"compiler", "CLI11", "cpp-httplib", "fmt", "nlohmann-json", "RE2", "SQLite",
                           "tl-expected", "toml++"}) {
    CAPTURE(name);
    CHECK(contains(program.output(), "\n" + std::string(name) + " "));
  }
  CHECK(program.errors() == "");
  Program flag({"--version"});
  CHECK(flag.exit_status() == 0);
  CHECK(flag.output() == program.output());
}

TEST_CASE("desist alone shows what it can do") {
  Program program(std::vector<std::string>{});
  CHECK(program.exit_status() == 0);
  for (const char* command : {"serve", "check", "version", "Example:"})
    CHECK(contains(program.output(), command));
}

TEST_CASE("every help shows an example") {
  for (const std::string command : {"serve", "check", "version"}) {
    Program program({command, "--help"});
    CHECK(program.exit_status() == 0);
    CHECK(contains(program.output(), "Example:\n  desist " + command));
    CHECK(program.errors() == "");
  }
}

TEST_CASE("a wrong usage is one clear line, the way to help, and exit 2") {
  struct Usage {
    std::vector<std::string> arguments;
    std::string line;
  };
  const std::vector<Usage> usages = {
      {{"sevre"}, "desist: \"sevre\" is not a command; did you mean \"serve\"?\nTry: desist --help\n"},
      {{"frobnicate"},
       "desist: \"frobnicate\" is not a command; known here: serve, check, version\nTry: desist --help\n"},
      {{"check"}, "desist: CONFIG is required\nTry: desist check --help\n"},
      {{"serve", "a", "b"}, "desist: The following argument was not expected: b\nTry: desist serve --help\n"},
      {{"--frob"}, "desist: The following argument was not expected: --frob\nTry: desist --help\n"},
  };
  for (const Usage& usage : usages) {
    Program program(usage.arguments);
    CHECK(program.exit_status() == 2);
    CHECK(program.errors() == usage.line);
    CHECK(program.output() == "");
  }
}
