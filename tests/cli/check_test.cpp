#include <algorithm>

#include <doctest/doctest.h>

#include "database.hpp"
#include "support/program.hpp"

using desist::test::Folder;
using desist::test::make_database;
using desist::test::Program;

TEST_CASE("check counts what a good config has") {
  const Folder folder;
  make_database(folder / "t.db");
  const std::string config = folder.write("desist.toml", R"(
[source.numbers]
type = "sqlite"
database = "t.db"
query = "select n from t where n = :n"
[source.echo]
type = "command"
argv = ["echo", "{n}"]
pass_env = ["PATH"]
[source.both]
type = "all"
of = ["numbers", "echo"]
[[route]]
path = "/both/{n}"
source = "both"
)");
  Program program({"check", config});
  CHECK(program.exit_status() == 0);
  CHECK(program.output() == config + ": ok, 3 sources, 1 route\n");
  CHECK(program.errors() == "");
}

TEST_CASE("check needs nowhere to say what is wrong") {
  const Folder folder;
  const std::string config = folder.write("desist.toml", R"([source.ok]
type = "command"
argv = ["true"]
[[route]]
path = "/"
source = "ok"
)");
  Program program(
      {.arguments = {"-c", "exec \"$DESIST_PROGRAM\" check '" + config + "' 2>&-"}, .path = "/bin/sh"});
  CHECK(program.exit_status() == 0);
  CHECK(program.output() == config + ": ok, 1 source, 1 route\n");
}

TEST_CASE("check warns of a grace period that a shutdown does not wait for, and finds nothing wrong") {
  const Folder folder;
  const std::string config = folder.write("desist.toml", R"([server]
stop_timeout = "2s"
[source.patient]
type = "command"
argv = ["true"]
grace = "1m"
[source.usual]
type = "command"
argv = ["true"]
[source.hasty]
type = "command"
argv = ["true"]
grace = "1999ms"
[[route]]
path = "/"
source = "patient"
)");
  Program program({"check", config});
  CHECK(program.exit_status() == 0);
  CHECK(program.output() == config + ": ok, 3 sources, 1 route\n");
  const auto warning = [&](const std::string& at, const std::string& grace) {
    return config + ":" + at + ": warning: grace: \"" + grace +
           "\" is not below the server's stop_timeout, \"2s\", at which a shutdown kills what is left and "
           "exits "
           "with 1; write less than \"2s\", or a longer stop_timeout\n";
  };
  CHECK(program.errors() == warning("6:9", "1m") + warning("7:1", "2s"));
}

TEST_CASE("check names everything that is wrong in the file and missing around it, at once") {
  const Folder folder;
  make_database(folder / "t.db");
  folder.write("no.db",
               "This is not a database, though it is long enough to be taken for one at first sight.");
  const std::string config = folder.write("desist.toml", R"([server]
max_haed = "1KiB"
[source.program]
type = "command"
argv = ["no-such-program-anywhere"]
[source.path]
type = "command"
argv = ["./no-such-program"]
[source.directory]
type = "command"
argv = ["true"]
directory = "nowhere"
[source.absent]
type = "sqlite"
database = "absent.db"
query = "select 1"
[source.nonsense]
type = "sqlite"
database = "no.db"
query = "select 1"
[source.table]
type = "sqlite"
database = "t.db"
query = "select * from nowhere"
[source.syntax]
type = "sqlite"
database = "t.db"
query = "selec 1"
[source.two]
type = "sqlite"
database = "t.db"
query = "select 1; select 2"
[source.all]
type = "all"
of = ["program", "absent"]
[[route]]
path = "/"
source = "all"
timeout = 5
)");
  Program program({"check", config});
  CHECK(program.exit_status() == 2);
  CHECK(program.output() == "");
  const std::string errors = program.errors();
  CAPTURE(errors);
  for (const char* line : {":2:1: unknown key \"max_haed\"", ":5:8: argv: ", ":8:8: argv: ",
                           ":12:13: directory: ", ":15:12: database: ", ":19:12: database: ",
                           ":24:9: query: ", ":28:9: query: ", ":32:9: query: ", ":39:11: timeout: "}) {
    CAPTURE(line);
    CHECK(errors.find(config + line) != std::string::npos);
  }
  CHECK(std::count(errors.begin(), errors.end(), '\n') == 10);
  CHECK(errors.find("no-such-program-anywhere") != std::string::npos);
  CHECK(errors.find("absent.db") != std::string::npos);
}

TEST_CASE("a config that cannot be read is said by name") {
  const Folder folder;
  Program program({"check", (folder / "none.toml")});
  CHECK(program.exit_status() == 2);
  CHECK(program.errors() == (folder / "none.toml") +
                                ": cannot be read: No such file or directory; name a config file that can\n");
}
