#include <array>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
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

// Thousands of times; fewer where a sanitizer makes each slow.
constexpr int most_rounds = 2000;
constexpr auto time_for_rounds = 12s;

void spin_until(TimePoint at) {
  while (Clock::now() < at) {
  }
}

}  // namespace

TEST_CASE("command: a stop at the very end gives the result or a cancellation, and hits nobody else") {
  const Baseline baseline;
  {
    const Folder folder;
    const Neighbour left(folder, "left");
    Command::Options options;
    options.argv = {"echo", "whole"};
    const auto command = make(options);
    const Neighbour right(folder, "right");
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same rounds every time
    Duration usual = 2ms;
    int finished = 0;
    int stopped = 0;
    int other = 0;
    int rounds = 0;
    const TimePoint begun = Clock::now();
    for (; rounds < most_rounds && Clock::now() - begun < time_for_rounds; ++rounds) {
      const Scope scope = Context::root();
      const TimePoint start = Clock::now();
      // Around the time at which half of them finish.
      const auto span = static_cast<Clock::rep>(static_cast<double>(usual.count()) *
                                                std::uniform_real_distribution(0.75, 1.25)(random));
      std::jthread canceller([&scope, at = start + Duration(span)] {
        spin_until(at);
        scope.cancel(Reason::client_gone);
      });
      auto result = command->fetch(scope, {});
      if (result) {
        ++finished;
        usual -= usual / 100;
        if (std::move(*result).take_bytes() != "whole\n") ++other;
      } else if (result.error().code == ErrorCode::cancelled) {
        ++stopped;
        usual += usual / 100;
      } else {
        ++other;
      }
    }
    CHECK(other == 0);
    CHECK(finished > rounds / 5);  // the stops did fall around the end
    CHECK(stopped > rounds / 5);
    CHECK(left.unharmed());
    CHECK(right.unharmed());
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a stop after the end does not reach a process that got the same number") {
  const Baseline baseline;
  const int next = ::open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
  if (next < 0) {
    MESSAGE("needs the right to choose process numbers; skipped");
    return;
  }
  bool met = false;
  for (int attempt = 0; attempt < 200 && !met; ++attempt) {
    const Folder folder;
    auto run = process::Run::start({"/bin/true", {"true"}, {}, {}}, std::nullopt, {});
    REQUIRE(run.has_value());
    (*run)->read_until_exit();
    CHECK((*run)->end().exit.finished());
    const std::string before = std::to_string((*run)->pid() - 1);
    if (::pwrite(next, before.data(), before.size(), 0) < 0) break;
    const Neighbour neighbour(folder, "same");
    if (neighbour.pid() != (*run)->pid()) continue;
    met = true;
    (*run)->stop();
    Command::kill_all();
    run->reset();
    CHECK(neighbour.unharmed());
    CHECK(::kill(neighbour.pid(), SIGTERM) == 0);
    CHECK(eventually([&] { return !neighbour.unharmed(); }));
  }
  ::close(next);
  if (!met) MESSAGE("no number came up twice; nothing was tried");
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a stop that comes after the program's exit changes nothing") {
  const Baseline baseline;
  // It handles SIGTERM: only the order of things tells that it had finished.
  auto run = process::Run::start({"/bin/sh", {"sh", "-c", "trap : TERM; echo whole"}, {}, {}}, std::nullopt,
                                 {.grace = 10s, .max_output = 100});
  REQUIRE(run.has_value());
  (*run)->read_until_exit();
  (*run)->stop();
  const process::Ended ended = (*run)->end();
  CHECK(ended.exit.finished());
  CHECK(ended.output == "whole\n");
  run->reset();
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: stops from many threads, while others finish, end what they mean and nothing else") {
  const Baseline baseline;
  {
    const Folder folder;
    const Neighbour neighbour(folder, "neighbour");
    const auto brief = make(shell("echo brief"));
    const auto endless = make(shell("sleep 1000 & sleep 1000"));
    std::atomic<int> wrong{0};
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 25; ++i) {
          if (t % 2 == 0) {
            auto result = brief->fetch({}, {});
            if (!result || std::move(*result).take_bytes() != "brief\n") ++wrong;
          } else {
            Fetching fetching(endless);
            fetching.stop();
            const auto result = fetching.result();
            if (result || result.error().code != ErrorCode::cancelled) ++wrong;
          }
        }
      });
    }
    threads.clear();
    CHECK(wrong == 0);
    CHECK(neighbour.unharmed());
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
