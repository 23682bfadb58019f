#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include <benchmark/benchmark.h>

/// As BENCHMARK_MAIN, beside a second thread that sleeps: in a process with only one, glibc's malloc and the
/// library's reference counts leave out their atomic operations, and a server never is such a process.
int main(int argc, char** argv) {
  const std::jthread other([](const std::stop_token& token) {
    std::mutex mutex;
    std::condition_variable_any ended;
    std::unique_lock lock(mutex);
    ended.wait(lock, token, [] { return false; });
  });
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
