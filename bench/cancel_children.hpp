#pragma once

#include <chrono>
#include <cstddef>

#include <benchmark/benchmark.h>

namespace desist::bench {

/// Times the cancel of a Family (a parent and as many children as the benchmark's argument says), per child.
/// Making and freeing it is not in the time, hence the manual one; and the number of iterations has to be
/// given, because left to choose, Google Benchmark would go by the time of a single child.
template <class Family>
void time_cancel_per_child(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    const Family family(count);
    const auto start = std::chrono::steady_clock::now();
    family.cancel();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(spent.count() / static_cast<double>(count));
  }
}

}  // namespace desist::bench
