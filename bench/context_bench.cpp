/// What a Context costs inside the process. Beside each stands, where it means something, the same done with
/// nothing but the standard's std::stop_source, in stop_source_bench.cpp; peers/go/contexts.go does it with
/// Go's context.

#include <vector>

#include <benchmark/benchmark.h>

#include "desist/context.hpp"

#include "cancel_children.hpp"

using namespace std::chrono_literals;

namespace desist {
namespace {

void derive_cancel(benchmark::State& state) {
  const Scope parent = Context::root();
  for (auto _ : state) {
    const Scope child = parent.with_cancel();
    child.cancel();
  }
}
BENCHMARK(derive_cancel)->Name("desist/derive_cancel");

void cancel_children(benchmark::State& state) {
  struct Family {
    explicit Family(std::size_t count) {
      children.reserve(count);
      for (std::size_t i = 0; i < count; ++i) children.push_back(parent.with_cancel());
    }
    void cancel() const { parent.cancel(); }
    Scope parent = Context::root();
    std::vector<Scope> children;
  };
  bench::time_cancel_per_child<Family>(state);
}
BENCHMARK(cancel_children)->Name("desist/cancel_1000")->Arg(1'000)->Iterations(500)->UseManualTime();
BENCHMARK(cancel_children)->Name("desist/cancel_100000")->Arg(100'000)->Iterations(10)->UseManualTime();

void poll(benchmark::State& state) {
  const Scope scope = Context::root();
  const Scope child = scope.with_cancel();
  for (auto _ : state) benchmark::DoNotOptimize(child.stop_requested());
}
BENCHMARK(poll)->Name("desist/poll");

void timeout_among_many(benchmark::State& state) {
  std::vector<Scope> pending;
  for (int i = 0; i < 100'000; ++i) {
    // As those of requests are: none the child of another's parent, no two at the same instant.
    pending.push_back(Context().with_timeout(1h + i * 1ms));
  }
  const Scope parent = Context::root();
  for (auto _ : state) {
    const Scope child = parent.with_timeout(10s);
    child.cancel();
  }
}
BENCHMARK(timeout_among_many)->Name("desist/timeout_cancel_100000");

constexpr Key<int> sought{"sought"};
constexpr Key<int> other{"other"};

void value_behind_values(benchmark::State& state) {
  const Scope root = Context::root();
  Context ctx = root.with_value(sought, 42);
  for (int i = 0; i < 10; ++i) ctx = ctx.with_value(other, i);
  for (auto _ : state) benchmark::DoNotOptimize(ctx.value(sought));
}
BENCHMARK(value_behind_values)->Name("desist/value_10_values");

void value_behind_scopes(benchmark::State& state) {
  const Scope root = Context::root();
  std::vector<Scope> scopes;
  Context ctx = root.with_value(sought, 42);
  for (int i = 0; i < 10; ++i) {
    scopes.push_back(ctx.with_cancel());
    ctx = scopes.back().context();
  }
  for (auto _ : state) benchmark::DoNotOptimize(ctx.value(sought));
}
BENCHMARK(value_behind_scopes)->Name("desist/value_10_scopes");

}  // namespace
}  // namespace desist
