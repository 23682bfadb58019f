#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desist/on_stop.hpp"

#include "context/blocked_threads.hpp"
#include "context/timer.hpp"
#include "support/eventually.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::test::BlockedThreads;
using desist::test::eventually;

namespace {

int timer_threads() {
  int count = 0;
  std::error_code gone;  // a thread may end while it is being looked at
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", gone)) {
    std::ifstream file(task.path() / "comm");
    std::string name;
    std::getline(file, name);
    count += static_cast<int>(name == "desist-timer");
  }
  return count;
}

/// The exit status of this program when it runs one of its own cases, skipped otherwise.
int run_alone(std::string name) {
  std::string program = std::filesystem::read_symlink("/proc/self/exe");
  std::string filter = "--test-case=" + std::move(name);
  std::string no_skip = "--no-skip";
  std::string quiet = "--quiet";
  const std::array<char*, 5> argv{program.data(), filter.data(), no_skip.data(), quiet.data(), nullptr};
  pid_t child = 0;
  if (posix_spawn(&child, program.c_str(), nullptr, nullptr, argv.data(), environ) != 0) return -1;
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("an idle process keeps no timer thread, and a new deadline starts one") {
  for (int i = 0; i < 2; ++i) {
    const Scope scope = Context().with_timeout(1ms);
    CHECK(eventually([&] { return scope.stop_requested(); }));
    CHECK(eventually([] { return timer_threads() == 0; }));
  }
}

TEST_CASE("a far deadline that is disarmed does not keep the timer threads") {
  { const Scope scope = Context().with_timeout(1h); }
  CHECK(eventually([] { return timer_threads() == 0; }));
}

TEST_CASE("while something is armed there are two timer threads, also after a burst") {
  const Scope far = Context().with_timeout(1h);
  CHECK(eventually([] { return timer_threads() == 2; }));
  {
    const BlockedThreads blocked(4);
    CHECK(eventually([&] { return blocked.count() == 4; }));
    CHECK(timer_threads() >= 5);
  }
  CHECK(eventually([] { return timer_threads() == 2; }));
}

TEST_CASE("helper: a Context with a deadline outlives main" * doctest::skip()) {
  static std::optional<Scope> before_threads;  // ends after the timer threads have been joined
  static const Scope until_exit = Context::root(Clock::now() + 1h);
  before_threads = Context().with_timeout(1h);
  static Timer timer([] {});
  timer.arm(Clock::now() + 5ms);
  CHECK(!until_exit.stop_requested());
}

TEST_CASE("helper: the process ends from inside a hook on a timer thread" * doctest::skip()) {
  static std::optional<Scope> scope;
  scope = Context().with_timeout(1ms);
  static const auto hook = on_stop(*scope, [] { std::exit(0); });  // NOLINT(concurrency-mt-unsafe)
  CHECK_FALSE(eventually([] { return false; }, 10s));
}

TEST_CASE("a hook on a timer thread may end the process") {
  CHECK(run_alone("helper: the process ends from inside a hook on a timer thread") == 0);
}

TEST_CASE("a Context with a deadline may outlive main") {
  CHECK(run_alone("helper: a Context with a deadline outlives main") == 0);
}
