#include <chrono>
#include <thread>

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sources/command_support.hpp"
#include "sources/process_run.hpp"
#include "support/census.hpp"

using namespace desist;
using namespace desist::test;
using namespace std::chrono_literals;

namespace {

void check_cancelled(const Result<Payload>& result) {
  REQUIRE_FALSE(result.has_value());
  CHECK_MESSAGE(result.error().code == ErrorCode::cancelled, result.error().message);
  REQUIRE(result.error().cause.has_value());
  CHECK(result.error().cause->reason == Reason::client_gone);
}

Duration since(TimePoint start) {
  return Clock::now() - start;
}

}  // namespace

TEST_CASE("command: a stop is heard as SIGTERM, and fetch returns when the program has cleaned up") {
  const Baseline baseline;
  const Folder folder;
  Fetching fetching(
      make(shell("trap 'echo told > $1/told; exit 1' TERM; echo $$ > $1/ready; while :; do sleep 0.01; done",
                 folder.path())));
  const pid_t leader = pid_in(folder / "ready");
  const TimePoint start = Clock::now();
  CHECK(fetching.stop());
  check_cancelled(fetching.result());
  CHECK(since(start) < 1s);  // far below the grace period
  CHECK(read_file(folder / "told") == "told\n");
  CHECK_FALSE(runs(leader));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a deadline is a stop") {
  const Baseline baseline;
  const auto command = make(shell("sleep 1000"));
  const Scope scope = Context().with_timeout(50ms);
  const auto result = command->fetch(scope, {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK(result.error().cause->reason == Reason::deadline_exceeded);
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a program that ignores SIGTERM is killed when the grace period is over, not before") {
  const Baseline baseline;
  const Folder folder;
  auto options = shell("trap '' TERM; echo $$ > $1/ready; while :; do sleep 0.01; done", folder.path());
  options.grace = 300ms;
  Fetching fetching(make(options));
  const pid_t leader = pid_in(folder / "ready");
  const TimePoint start = Clock::now();
  fetching.stop();
  check_cancelled(fetching.result());
  CHECK(since(start) >= 300ms);
  CHECK(since(start) < 5s);
  CHECK_FALSE(runs(leader));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a grace period too long for the clock does not end") {
  const Folder folder;
  auto options = shell(
      "trap 'sleep 0.05; echo > $1/cleaned; exit 1' TERM\n"
      "echo $$ > $1/ready; while :; do sleep 0.01; done",
      folder.path());
  options.grace = std::chrono::milliseconds::max();
  Fetching fetching(make(options));
  (void)pid_in(folder / "ready");
  fetching.stop();
  check_cancelled(fetching.result());
  CHECK(exists(folder / "cleaned"));
}

TEST_CASE("command: without a grace period SIGKILL follows at once") {
  const Folder folder;
  auto options = shell("trap '' TERM; echo $$ > $1/ready; sleep 1000", folder.path());
  options.grace = 0ms;
  Fetching fetching(make(options));
  (void)pid_in(folder / "ready");
  const TimePoint start = Clock::now();
  fetching.stop();
  check_cancelled(fetching.result());
  CHECK(since(start) < 1s);
}

TEST_CASE("command: all grandchildren end, those that ignore SIGTERM, too") {
  const Folder folder;
  for (const bool adopting : {false, true}) {
    CAPTURE(adopting);
    const Baseline baseline;
    std::optional<Adopting> adopts;
    if (adopting) adopts.emplace();
    auto options = shell(
        "for i in 1 2 3 4 5; do sh -c 'sleep 1000 & sleep 1000 & wait' & done\n"
        "sh -c \"trap '' TERM; echo \\$\\$ > $1/deaf; sleep 1000\" &\n"
        "sleep 0.05; echo $$ > $1/ready; wait",
        folder.path());
    options.grace = 200ms;
    Fetching fetching(make(options));
    const pid_t leader = pid_in(folder / "ready");
    const pid_t deaf = pid_in(folder / "deaf");
    fetching.stop();
    check_cancelled(fetching.result());
    CHECK_FALSE(runs(leader));
    if (adopting) CHECK(::kill(-leader, 0) == -1);  // not even as zombies, which else are the first process's
    CHECK_FALSE(runs(deaf));
    CHECK_MESSAGE(baseline.settled(), baseline.text());
    std::filesystem::remove(folder / "ready");
    std::filesystem::remove(folder / "deaf");
  }
}

TEST_CASE("command: grandchildren have the whole grace period, though the leader died at once") {
  const Folder folder;
  for (const bool adopting : {false, true}) {
    CAPTURE(adopting);
    const Baseline baseline;
    std::optional<Adopting> adopts;
    if (adopting) adopts.emplace();
    Fetching fetching(
        make(shell("sh -c \"trap 'sleep 0.2; echo clean > $1/clean; exit' TERM; echo \\$\\$ > $1/ready; "
                   "while :; do sleep 0.01; done\" &"
                   "wait",
                   folder.path())));
    (void)pid_in(folder / "ready");
    fetching.stop();
    check_cancelled(fetching.result());
    CHECK(read_file(folder / "clean") == "clean\n");
    CHECK_MESSAGE(baseline.settled(), baseline.text());
    std::filesystem::remove(folder / "ready");
    std::filesystem::remove(folder / "clean");
  }
}

TEST_CASE("command: a program that closes its output and runs on is waited for") {
  const Folder folder;
  CHECK(text(Fetching(make(shell("echo early; exec >&- 2>&-; sleep 0.1; echo end > $1/end", folder.path())))
                 .result()) == "early\n");
  CHECK(exists(folder / "end"));
}

TEST_CASE("command: a program that closed its output still hears a stop") {
  const Baseline baseline;
  const Folder folder;
  Fetching fetching(make(shell("exec >&- 2>&-; echo $$ > $1/ready; exec sleep 1000", folder.path())));
  const pid_t leader = pid_in(folder / "ready");
  fetching.stop();
  check_cancelled(fetching.result());
  CHECK_FALSE(runs(leader));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a grandchild that keeps the pipe open holds nothing up, and ends with the leader") {
  const Baseline baseline;
  const Folder folder;
  Fetching fetching(
      make(shell("sh -c \"trap '' TERM; echo \\$\\$ > $1/child; exec sleep 1000\" & "
                 "while ! [ -s $1/child ]; do sleep 0.01; done; echo done",
                 folder.path())));
  CHECK(text(fetching.result()) == "done\n");
  CHECK_FALSE(runs(pid_in(folder / "child")));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a grandchild that floods the pipe after the leader's exit does not spoil the answer") {
  const Baseline baseline;
  auto options = shell("yes & exec >&-; sleep 0.01");
  options.max_output = SIZE_MAX;
  CHECK(Fetching(make(options)).result().has_value());
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a stopped process hears the stop") {
  const Baseline baseline;
  const Folder folder;
  Fetching fetching(make(shell("echo $$ > $1/ready; kill -STOP $$; sleep 1000", folder.path())));
  const pid_t leader = pid_in(folder / "ready");
  REQUIRE(eventually([&] {
    return read_file("/proc/" + std::to_string(leader) + "/stat").find(") T ") != std::string::npos;
  }));
  const TimePoint start = Clock::now();
  fetching.stop();
  check_cancelled(fetching.result());
  CHECK(since(start) < 1s);
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: stopped before it starts, it starts nothing") {
  const Folder folder;
  const Scope scope = Context::root();
  scope.cancel(Reason::client_gone);
  check_cancelled(make(shell("echo > $1/ran", folder.path()))->fetch(scope, {}));
  CHECK_FALSE(exists(folder / "ran"));
}

TEST_CASE("command: an exit status of 0 after SIGTERM was handled is a cancellation, not a result") {
  const Folder folder;
  Fetching fetching(make(shell(
      "trap 'exit 0' TERM; echo half; echo $$ > $1/ready; while :; do sleep 0.01; done", folder.path())));
  (void)pid_in(folder / "ready");
  fetching.stop();
  check_cancelled(fetching.result());
}

TEST_CASE("command: so it is where the program waits for SIGTERM instead of handling it") {
  const Folder folder;
  Command::Options options;
  options.argv = {DESIST_TEST_PROBE, "sigwait", folder / "ready"};
  Fetching fetching(make(options));
  (void)pid_in(folder / "ready");
  fetching.stop();
  check_cancelled(fetching.result());
}

TEST_CASE("command: a program whose host dies without cleaning up is told") {
  const Baseline baseline;
  const Folder folder;
  auto host =
      process::Run::start({DESIST_TEST_PROBE, {"probe", "host", folder.path()}, {}, {}}, std::nullopt, {});
  REQUIRE(host.has_value());
  const pid_t leader = pid_in(folder / "ready");
  REQUIRE(runs(leader));
  CHECK(::kill((*host)->pid(), SIGKILL) == 0);
  CHECK(eventually([&] { return exists(folder / "told"); }));
  (*host)->read_until_exit();
  (void)(*host)->end();
  CHECK(eventually([&] { return !runs(leader); }));
  host->reset();
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a program that ignores the stop and finishes in time has finished") {
  const Folder folder;
  Fetching fetching(
      make(shell("trap '' TERM; echo $$ > $1/ready; while ! [ -e $1/go ]; do sleep 0.01; done; echo whole",
                 folder.path())));
  (void)pid_in(folder / "ready");
  fetching.stop();
  Folder other;
  std::filesystem::create_directory(folder / "go");
  CHECK(text(fetching.result()) == "whole\n");
}

TEST_CASE("command: a flood after the stop is a cancellation") {
  const Folder folder;
  auto options = shell(
      "trap '' TERM; echo $$ > $1/ready; while ! [ -e $1/go ]; do sleep 0.01; done; yes | head -c 100000",
      folder.path());
  options.max_output = 1000;
  Fetching fetching(make(options));
  (void)pid_in(folder / "ready");
  fetching.stop();
  std::filesystem::create_directory(folder / "go");
  check_cancelled(fetching.result());
}

TEST_CASE("command: kill_all ends every group at once") {
  const Baseline baseline;
  const Folder folder;
  {
    std::vector<Fetching> all;
    for (int i = 0; i < 5; ++i) {
      all.emplace_back(make(
          shell("trap '' TERM; echo $$ > $1/" + std::to_string(i) + "; sleep 1000 & wait", folder.path())));
    }
    for (int i = 0; i < 5; ++i) (void)pid_in(folder / std::to_string(i));
    Command::kill_all();
    for (Fetching& fetching : all) {
      const auto result = fetching.result();
      REQUIRE_FALSE(result.has_value());
      CHECK(result.error().message == "killed by SIGKILL");
    }
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a run that nobody waits for is killed at its end") {
  const Baseline baseline;
  auto run = process::Run::start({"/bin/sleep", {"sleep", "1000"}, {}, {}}, std::nullopt, {});
  REQUIRE(run.has_value());
  const pid_t pid = (*run)->pid();
  run->reset();
  CHECK_FALSE(runs(pid));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
