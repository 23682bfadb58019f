#include <csignal>

#include <doctest/doctest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "sockets.hpp"
#include "support/census.hpp"
#include "support/eventually.hpp"
#include "support/program.hpp"

using desist::test::Baseline;
using desist::test::eventually;
using desist::test::Folder;
using desist::test::Listener;
using desist::test::Program;
using desist::test::Request;

namespace {

/// Whatever outlives its server becomes a child of this process, and so is seen.
struct Adopt {
  Adopt() { prctl(PR_SET_CHILD_SUBREAPER, 1); }
} const adopt;

/// Whether every process is gone that came since: those that died as orphans are reaped first, since they
/// came here.
bool nothing_left(const Baseline& baseline) {
  static_cast<void>(eventually([&] {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    return waitpid(-1, nullptr, WNOHANG) < 0;
  }));
  return baseline.settled();
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A server with one route, "/", to a command, and times of its own.
std::string config(const Folder& folder, const std::string& argv, const std::string& times = "",
                   const std::string& grace = "1s") {
  return folder.write("desist.toml",
                      "[server]\nlisten = \"127.0.0.1:0\"\n" + times +
                          "[source.work]\ntype = \"command\"\npass_env = [\"PATH\"]\ngrace = \"" + grace +
                          "\"\nargv = " + argv + "\n[[route]]\npath = \"/\"\nsource = \"work\"\n");
}

/// Says that it has begun, by a file, and then waits for a very long time; deaf to SIGTERM if asked to be.
std::string endless(const Folder& folder, bool deaf) {
  return "['sh', '-c', '" + std::string(deaf ? "trap \"\" TERM; " : "") + "sleep 1000 & touch " +
         (folder / "begun") + "; wait; wait']";
}

bool begun(const Folder& folder) {
  return eventually([&] { return std::filesystem::exists((folder / "begun")); });
}

}  // namespace

TEST_CASE("a port in use is said by address and place, and nothing is started") {
  const Folder folder;
  const Listener taken;
  const Baseline baseline;
  const std::string address = "127.0.0.1:" + std::to_string(taken.port());
  const std::string rest =
      "[source.a]\ntype = \"command\"\nargv = [\"true\"]\npass_env = [\"PATH\"]\n[[route]]\npath = \"/\"\n"
      "source = \"a\"\n";
  {
    const std::string file = folder.write("desist.toml", "[server]\nlisten = \"" + address + "\"\n" + rest);
    Program program({"serve", file});
    CHECK(program.exit_status() == 2);
    CHECK(contains(program.errors(), file + ":2:10: listen: "));
    CHECK(contains(program.errors(), address + ": Address already in use; stop what listens there"));
  }
  {
    const std::string file = folder.write(
        "desist.toml", "[server]\nlisten = \"127.0.0.1:0\"\n[admin]\nlisten = \"" + address + "\"\n" + rest);
    Program program({"serve", file});
    CHECK(program.exit_status() == 2);
    CHECK(contains(program.errors(), file + ":4:10: listen: "));
  }
  CHECK_MESSAGE(nothing_left(baseline), baseline.text());
}

TEST_CASE("a config with an error serves nothing") {
  const Folder folder;
  Program program({"serve", folder.write("desist.toml", "[server]\nlisen = \"127.0.0.1:0\"\n")});
  CHECK(program.exit_status() == 2);
  CHECK_FALSE(contains(program.errors(), "listening"));
  CHECK(contains(program.errors(), "desist.toml:2:1: unknown key \"lisen\""));
}

TEST_CASE("an idle server ends at once by SIGTERM, by SIGINT and by SIGHUP") {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    CAPTURE(signal);
    const Baseline baseline;
    const Folder folder;
    Program program({"serve", config(folder, "['true']", "shutdown_grace = \"1h\"\n")});
    REQUIRE(program.port() != 0);
    program.signal(signal);
    CHECK(program.exit_status() == 0);
    CHECK_MESSAGE(nothing_left(baseline), baseline.text());
  }
}

TEST_CASE("a hangup that was ignored from the start is ignored on") {
  const Folder folder;
  Program program(Program::Options{{"serve", config(folder, "['echo', 'here']")}, true});
  const std::uint16_t port = program.port();
  REQUIRE(port != 0);
  program.signal(SIGHUP);
  CHECK(contains(Request(port, "/").answer(), "here"));
  program.signal(SIGTERM);
  CHECK(program.exit_status() == 0);
}

TEST_CASE("what finishes within the grace period is answered before the server ends") {
  const Baseline baseline;
  const Folder folder;
  Program program({"serve", config(folder,
                                   "['sh', '-c', 'touch " + (folder / "begun") + "; while ! [ -e " +
                                       (folder / "go") + " ]; do sleep 0.01; done; echo done']",
                                   "shutdown_grace = \"1h\"\n")});
  const std::uint16_t port = program.port();
  REQUIRE(port != 0);
  Request request(port, "/");
  REQUIRE(begun(folder));
  program.signal(SIGTERM);
  REQUIRE(program.logs("shutting_down"));
  folder.write("go", "");
  CHECK(contains(request.answer(), "done\n"));
  CHECK(program.exit_status() == 0);
  CHECK_MESSAGE(nothing_left(baseline), baseline.text());
}

TEST_CASE("a stop during work ends all of its processes, and exits 0") {
  const Baseline baseline;
  const Folder folder;
  Program program({"serve", config(folder, endless(folder, false), "shutdown_grace = \"50ms\"\n")});
  const std::uint16_t port = program.port();
  REQUIRE(port != 0);
  Request request(port, "/");
  REQUIRE(begun(folder));
  program.signal(SIGTERM);
  CHECK(contains(request.answer(), " 503 "));
  CHECK(program.exit_status() == 0);
  CHECK_MESSAGE(nothing_left(baseline), baseline.text());
}

TEST_CASE("a second signal skips the drain") {
  const Baseline baseline;
  const Folder folder;
  Program program({"serve", config(folder, endless(folder, false), "shutdown_grace = \"1h\"\n")});
  const std::uint16_t port = program.port();
  REQUIRE(port != 0);
  Request request(port, "/");
  REQUIRE(begun(folder));
  program.signal(SIGTERM);
  REQUIRE(program.logs("draining"));
  program.signal(SIGTERM);
  CHECK(contains(request.answer(), " 503 "));
  CHECK(program.exit_status() == 0);
  CHECK_MESSAGE(nothing_left(baseline), baseline.text());
}

TEST_CASE("a third signal skips the waiting: who stayed is logged and killed, exit 1") {
  const Baseline baseline;
  const Folder folder;
  Program program({"serve", config(folder, endless(folder, true),
                                   "shutdown_grace = \"1h\"\nstop_timeout = \"1h\"\n", "1h")});
  const std::uint16_t port = program.port();
  REQUIRE(port != 0);
  Request request(port, "/");
  REQUIRE(begun(folder));
  program.signal(SIGINT);
  REQUIRE(program.logs("draining"));
  program.signal(SIGTERM);
  REQUIRE(program.logs("cancelling"));
  program.signal(SIGINT);
  CHECK(contains(request.answer(), " 503 "));
  CHECK(program.exit_status() == 1);
  CHECK(contains(program.errors(), "\"stayed\""));
  CHECK(contains(program.errors(), "\"work\""));
  CHECK_MESSAGE(nothing_left(baseline), baseline.text());
}

TEST_CASE("what outstays stop_timeout is logged and killed, exit 1") {
  const Baseline baseline;
  const Folder folder;
  Program program({"serve", config(folder, endless(folder, true),
                                   "shutdown_grace = \"0s\"\nstop_timeout = \"50ms\"\n", "1h")});
  const std::uint16_t port = program.port();
  REQUIRE(port != 0);
  Request request(port, "/");
  REQUIRE(begun(folder));
  program.signal(SIGTERM);
  CHECK(contains(request.answer(), " 503 "));
  CHECK(program.exit_status() == 1);
  CHECK(contains(program.errors(), "\"stayed\""));
  CHECK_MESSAGE(nothing_left(baseline), baseline.text());
}

TEST_CASE("commands get the descriptor limit and the signals that the server was started with") {
  const Folder folder;
  rlimit before = {};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit low = {200, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
  Program program({"serve", config(folder, "['sh', '-c', 'ulimit -Sn; grep Sig /proc/self/status']")});
  setrlimit(RLIMIT_NOFILE, &before);
  const std::uint16_t port = program.port();
  REQUIRE(port != 0);
  rlimit raised = {};
  REQUIRE(prlimit(program.pid(), RLIMIT_NOFILE, nullptr, &raised) == 0);
  CHECK(raised.rlim_cur == raised.rlim_max);
  const std::string answer = Request(port, "/").answer();
  CHECK(contains(answer, "\r\n\r\n200\n"));
  CHECK(contains(answer, "SigBlk:\t0000000000000000"));
  CHECK(contains(answer, "SigIgn:\t0000000000000000"));
  program.signal(SIGTERM);
  CHECK(program.exit_status() == 0);
}
