// context_operations OPERATION TIMES: does one operation so many times, for somebody who counts instructions.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "desist/context.hpp"
#include "desist/on_stop.hpp"

using namespace desist;
using namespace std::chrono_literals;

namespace {

constexpr Key<int> sought{"sought"};
constexpr Key<int> other{"other"};

int derive_and_cancel(int times) {
  const Scope parent = Context::root();
  for (int i = 0; i < times; ++i) parent.with_cancel().cancel();
  return 0;
}

int derive_with_timeout(int times) {
  std::vector<Scope> pending;
  for (int i = 0; i < 1'000; ++i) pending.push_back(Context().with_timeout(1h + i * 1ms));
  const Scope parent = Context::root();
  for (int i = 0; i < times; ++i) parent.with_timeout(10s).cancel();
  return 0;
}

int cancel_a_child(int times) {
  const Scope parent = Context::root();
  std::vector<Scope> children;
  children.reserve(static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) children.push_back(parent.with_cancel());
  parent.cancel();
  return 0;
}

int poll(int times) {
  const Scope scope = Context::root();
  const Context ctx = scope.context();
  int stopped = 0;
  for (int i = 0; i < times; ++i) stopped += ctx.stop_requested() ? 1 : 0;
  return stopped;
}

int hook(int times) {
  const Scope scope = Context::root();
  for (int i = 0; i < times; ++i) const auto none = on_stop(scope.context(), []() noexcept {});
  return 0;
}

int value_behind_ten(int times) {
  const Scope root = Context::root();
  Context ctx = root.with_value(sought, 0);
  for (int i = 0; i < 10; ++i) ctx = ctx.with_value(other, i);
  int sum = 0;
  for (int i = 0; i < times; ++i) sum += *ctx.value(sought);
  return sum;
}

struct Operation {
  std::string_view name;
  int (*run)(int times);
};

constexpr Operation operations[] = {
    {"derive_and_cancel", derive_and_cancel},
    {"derive_with_timeout", derive_with_timeout},
    {"cancel_a_child", cancel_a_child},
    {"poll", poll},
    {"hook", hook},
    {"value_behind_ten", value_behind_ten},
};

}  // namespace

int main(int argc, char** argv) {
  for (const Operation& operation : operations) {
    if (argc == 3 && operation.name == argv[1]) return operation.run(std::atoi(argv[2]));
  }
  std::fputs("usage: context_operations OPERATION TIMES\n", stderr);
  return 2;
}
