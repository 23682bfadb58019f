/// What the standard gives for the same work: a std::stop_source for each child, linked to its parent by a
/// std::stop_callback. No cause, no deadline, no values.

#include <cstddef>
#include <deque>
#include <stop_token>

#include <benchmark/benchmark.h>

#include "cancel_children.hpp"

namespace desist::bench {
namespace {

class Child {
 public:
  explicit Child(const std::stop_source& parent) : link_(parent.get_token(), Forward{&source_}) {}
  void cancel() { source_.request_stop(); }

 private:
  struct Forward {
    std::stop_source* source;
    void operator()() const noexcept { source->request_stop(); }
  };
  std::stop_source source_;
  std::stop_callback<Forward> link_;
};

void derive_cancel(benchmark::State& state) {
  const std::stop_source parent;
  for (auto _ : state) {
    Child child(parent);
    child.cancel();
  }
}
BENCHMARK(derive_cancel)->Name("stop_source/derive_cancel");

void cancel_children(benchmark::State& state) {
  struct Family {
    explicit Family(std::size_t count) {
      for (std::size_t i = 0; i < count; ++i) children.emplace_back(parent);
    }
    void cancel() const { std::stop_source(parent).request_stop(); }
    std::stop_source parent;
    std::deque<Child> children;
  };
  time_cancel_per_child<Family>(state);
}
BENCHMARK(cancel_children)->Name("stop_source/cancel_1000")->Arg(1'000)->Iterations(500)->UseManualTime();
BENCHMARK(cancel_children)->Name("stop_source/cancel_100000")->Arg(100'000)->Iterations(10)->UseManualTime();

void poll(benchmark::State& state) {
  const std::stop_source source;
  const std::stop_token token = source.get_token();
  for (auto _ : state) benchmark::DoNotOptimize(token.stop_requested());
}
BENCHMARK(poll)->Name("stop_source/poll");

}  // namespace
}  // namespace desist::bench
