#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <doctest/doctest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sources/command_support.hpp"
#include "support/census.hpp"

using namespace desist;
using namespace desist::test;
using namespace std::chrono_literals;

namespace {

// Starts in the background: a process that left the session, and says in FOLDER/name who it is.
std::string escapee(const std::string& name, const std::string& how) {
  return how + " sh -c \"trap '' TERM HUP; echo \\$\\$ > $1/" + name + "; exec sleep 1000\" & ";
}

// The ids of this process's children, those that Fetching's threads started aside.
std::string adopted() {
  return read_file("/proc/self/task/" + std::to_string(::getpid()) + "/children");
}

std::string wait_for(const std::string& name) {
  return "while ! [ -s $1/" + name + " ]; do sleep 0.01; done; ";
}

}  // namespace

TEST_CASE("command: what escaped by setsid ends with a command that finished") {
  const Folder folder;
  const Baseline baseline;
  const Adopting adopting;
  Fetching fetching(make(shell(escapee("one", "setsid") + wait_for("one") + "echo done", folder.path())));
  CHECK(text(fetching.result()) == "done\n");
  CHECK_FALSE(runs(pid_in(folder / "one")));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: what escaped by setsid ends with a command that was stopped") {
  const Folder folder;
  const Baseline baseline;
  const Adopting adopting;
  Fetching fetching(make(shell(escapee("one", "setsid") + escapee("two", "setsid") + wait_for("one") +
                                   wait_for("two") + "echo $$ > $1/ready; sleep 1000",
                               folder.path())));
  (void)pid_in(folder / "ready");
  fetching.stop();
  const auto result = fetching.result();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK_FALSE(runs(pid_in(folder / "one")));
  CHECK_FALSE(runs(pid_in(folder / "two")));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a daemon made by a double fork ends, and so do its children") {
  const Folder folder;
  const Baseline baseline;
  const Adopting adopting;
  Fetching fetching(
      make(shell("setsid sh -c \"(setsid sh -c 'setsid sleep 1000 & echo \\$\\$ > $1/daemon; sleep 1000' &) "
                 "&\" & wait; " +
                     wait_for("daemon") + "echo done",
                 folder.path())));
  CHECK(text(fetching.result()) == "done\n");
  CHECK_FALSE(runs(pid_in(folder / "daemon")));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: one that forks on while it is being looked for is found") {
  const Folder folder;
  const Baseline baseline;
  const Adopting adopting;
  // Each of a chain starts the next in a session of its own, and dies.
  Fetching fetching(make(
      shell("cat > $1/link <<'E'\n#!/bin/sh\necho >> $1/count\nsetsid \"$0\" \"$1\" &\nE\nchmod +x $1/link; "
            "setsid $1/link $1 & while [ $(wc -l < $1/count || echo 0) -lt 5 ] 2>/dev/null; do sleep 0.01; "
            "done; echo done",
            folder.path())));
  CHECK(text(fetching.result()) == "done\n");
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: jobs of a shell with job control end, in groups of their own, even without adopting") {
  const Folder folder;
  for (const bool adopting : {false, true}) {
    CAPTURE(adopting);
    const Baseline baseline;
    std::optional<Adopting> adopts;
    if (adopting) adopts.emplace();
    // bash -m puts each job into a group of its own, with the session unchanged; env -i takes the mark away.
    auto options = shell(
        "exec bash -mc '" + escapee("job", "env -i PATH=$PATH") + wait_for("job") + "echo done' bash $1",
        folder.path());
    CHECK(text(Fetching(make(options)).result()) == "done\n");
    const pid_t job = pid_in(folder / "job");
    CHECK_FALSE(runs(job));
    CHECK_MESSAGE(baseline.settled(), baseline.text());
    std::filesystem::remove(folder / "job");
  }
}

TEST_CASE("command: what escaped from one command is not another's to end") {
  const Folder folder;
  const Baseline baseline;
  const Adopting adopting;
  Fetching first(
      make(shell("(" + escapee("first", "setsid") + ") ; echo $$ > $1/ready; sleep 1000", folder.path())));
  (void)pid_in(folder / "ready");
  const pid_t of_first = pid_in(folder / "first");
  CHECK(
      text(Fetching(make(shell("(" + escapee("second", "setsid") + ") ;" + wait_for("second") + " echo done",
                               folder.path())))
               .result()) == "done\n");
  CHECK_FALSE(runs(pid_in(folder / "second")));
  CHECK(runs(of_first));
  first.stop();
  CHECK_FALSE(first.result().has_value());
  CHECK_FALSE(runs(of_first));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE(
    "command: who left the session and dropped the mark lives on, unrecognised, and is reaped when it dies") {
  const Folder folder;
  const Baseline baseline;
  const Adopting adopting;
  const std::string daemon =
      "env -i setsid sh -c 'echo $$ > " + (folder / "daemon") + "; exec /bin/sleep 1000' & ";
  CHECK(text(Fetching(make(shell(daemon + wait_for("daemon") + "echo done", folder.path()))).result()) ==
        "done\n");
  const pid_t pid = pid_in(folder / "daemon");
  CHECK(runs(pid));
  ::kill(pid, SIGKILL);
  CHECK(eventually([&] { return !runs(pid); }));
  CHECK(text(Fetching(make(shell("echo next"))).result()) == "next\n");
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: who is just becoming another program when the command ends is found") {
  const Baseline baseline;
  const Adopting adopting;
  {
    // The environment is longer than one read of it, and the mark stands last.
    auto options = shell("(setsid sleep 1000 &); (setsid env sleep 1000 &); echo done");
    options.env["LONG"] = std::string(20'000, 'x');
    const auto command = make(std::move(options));
    for (int i = 0; i < 300; ++i) {
      CHECK(text(command->fetch({}, {})) == "done\n");
      const std::string left = adopted();
      REQUIRE_MESSAGE(left.empty(), i << ": " << left);
    }
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: orphans that die while a command runs are reaped while it runs") {
  const Folder folder;
  const Adopting adopting;
  Fetching fetching(
      make(shell("(setsid true & setsid true & true & ) ; echo $$ > $1/ready; sleep 1000", folder.path())));
  (void)pid_in(folder / "ready");
  CHECK(eventually([] { return adopted().empty(); }));
  fetching.stop();
  CHECK_FALSE(fetching.result().has_value());
}

TEST_CASE("command: children of other code in this process are neither ended nor reaped") {
  const Folder folder;
  const Adopting adopting;
  // Both bear the marks of nobody; one has died and waits to be asked for its status.
  pid_t dead = 0;
  const char* argv[] = {"sh", "-c", "exit 7", nullptr};
  REQUIRE(::posix_spawn(&dead, "/bin/sh", nullptr, nullptr, const_cast<char* const*>(argv), environ) == 0);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(dead), &info, WEXITED | WNOWAIT) == 0);
  {
    const Neighbour neighbour(folder, "neighbour");
    for (int i = 0; i < 20; ++i) {
      CHECK(text(make(shell("(setsid sleep 1000 &); echo done"))->fetch({}, {})) == "done\n");
    }
    CHECK(neighbour.unharmed());
  }
  int status = 0;
  CHECK(::waitpid(dead, &status, 0) == dead);
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("command: of a family that dies at once, no one stays behind as a zombie") {
  const Folder folder;
  const Baseline baseline;
  const Adopting adopting;
  // A child whose parent was reaped just now must be seen, too.
  const std::string inner = "sh -c \"sh -c 'sh -c \\\"echo up > $1/up; sleep 1000; true\\\"; true'; true\"";
  const auto command = make(shell(inner + " & while ! [ -s $1/up ]; do :; done; rm $1/up", folder.path()));
  for (int i = 0; i < 40; ++i) {
    CHECK(Fetching(command).result().has_value());
    const std::string left = adopted();
    REQUIRE_MESSAGE(left.empty(),
                    i << ": " << left << read_file("/proc/" + left.substr(0, left.find(' ')) + "/stat"));
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: leaders on the main thread are not taken for orphans") {
  const Baseline baseline;
  const Adopting adopting;
  {
    const auto status = make(shell("exit 5"));
    const auto orphans = make(shell("(setsid true &); (true &); echo done"));
    std::atomic<bool> enough{false};
    std::jthread other([&] {
      while (!enough) (void)orphans->fetch({}, {});
    });
    for (int i = 0; i < 200; ++i) {
      const auto result = status->fetch({}, {});
      REQUIRE_FALSE(result.has_value());
      CHECK(result.error().message == "exit status 5");
    }
    enough = true;
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: many at once, each with escapees, and nothing is left") {
  const Baseline baseline;
  const Adopting adopting;
  {
    const auto command =
        make(shell("(setsid sleep 1000 &); (sleep 1000 &); setsid sleep 1000 & [ \"$2\" ] || exec sleep "
                   "1000; echo done"));
    const auto stopped =
        make(shell("(setsid sleep 1000 &); (sleep 1000 &); setsid sleep 1000 & exec sleep 1000"));
    std::vector<Fetching> all;
    for (int i = 0; i < 40; ++i) all.emplace_back(i % 2 == 0 ? command : stopped);
    for (Fetching& fetching : all) fetching.stop();
    for (Fetching& fetching : all) {
      const auto result = fetching.result();
      if (!result) CHECK(result.error().code == ErrorCode::cancelled);
    }
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
