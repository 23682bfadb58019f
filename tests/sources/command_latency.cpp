// How fast a command hears a stop. Prints medians and 99th percentiles of: cancel() until the program's
// handler runs; cancel() itself; cancel() until fetch has returned; and a whole fetch of a program that does
// nothing.
//
//   command_latency PROBE [ROUNDS]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "desist/command.hpp"
#include "desist/process.hpp"

using namespace desist;

namespace {

using Samples = std::vector<double>;

double microseconds(Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

void print(const char* what, Samples samples) {
  std::sort(samples.begin(), samples.end());
  std::printf("%-28s median %8.1f us   p99 %8.1f us\n", what, samples[samples.size() / 2],
              samples[samples.size() * 99 / 100]);
}

long long number_in(const std::string& path) {
  long long number = 0;
  std::ifstream(path) >> number;
  return number;
}

void measure(const std::string& probe, int rounds) {
  const std::string file =
      (std::filesystem::temp_directory_path() / ("command-latency-" + std::to_string(::getpid()))).string();
  Command::Options options;
  options.argv = {probe, "stamp", file};
  const auto stamp = Command::make(options).value();
  Samples told;
  Samples cancelling;
  Samples returned;
  for (int i = 0; i < rounds; ++i) {
    const Scope scope = Context::root();
    auto end = std::async(std::launch::async, [&] {
      (void)stamp->fetch(scope, {});
      return Clock::now();
    });
    while (number_in(file) == 0) std::this_thread::yield();
    // Until the program sleeps in sigsuspend, and fetch in poll.
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // lint:allow: this measures, it does not test
    const TimePoint start = Clock::now();
    scope.cancel();
    cancelling.push_back(microseconds(Clock::now() - start));
    returned.push_back(microseconds(end.get() - start));
    const long long at = number_in(file);
    told.push_back(static_cast<double>(at - start.time_since_epoch().count()) / 1000.0);
    std::filesystem::remove(file);
  }
  print("cancel() until SIGTERM", told);
  print("cancel()", cancelling);
  print("cancel() until fetch returns", returned);

  options.argv = {"/bin/true"};
  const auto nothing = Command::make(options).value();
  Samples whole;
  for (int i = 0; i < rounds; ++i) {
    const TimePoint start = Clock::now();
    (void)nothing->fetch({}, {});
    whole.push_back(microseconds(Clock::now() - start));
  }
  print("fetch of /bin/true", whole);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 500;
  std::puts("without adopting orphans");
  measure(argv[1], rounds);
  std::puts("adopting orphans");
  process::adopt_orphans();
  measure(argv[1], rounds);
  return 0;
}
