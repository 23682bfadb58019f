#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "desist/context.hpp"

using namespace desist;

namespace {

struct Tenant {
  int id;
};
inline constexpr Key<Tenant> tenant{"tenant"};
inline constexpr Key<int> number{"number"};
inline constexpr Key<int> same_name{"number"};
inline constexpr Key<std::shared_ptr<int>> shared{"shared"};

template <class K>
concept NamesValues = requires(const Context& ctx, K key) {
  ctx.value(static_cast<K>(key));
}
|| requires(const Context& ctx, K key) {
  ctx.with_value(static_cast<K>(key), 1);
};
static_assert(NamesValues<const Key<int>&> && NamesValues<Key<int>&>);
static_assert(!NamesValues<Key<int>> && !NamesValues<const Key<int>>);

}  // namespace

TEST_CASE("a value reaches every Context below the one that set it, and no other") {
  const Scope root = Context::root();
  const Context with = root.with_value(tenant, {42});
  const Scope child = with.with_cancel();
  const Scope grandchild = child.with_timeout(std::chrono::hours(1));
  CHECK(grandchild.context().value(tenant)->id == 42);
  CHECK(root.context().value(tenant) == nullptr);
  CHECK(with.value(number) == nullptr);
}

TEST_CASE("the nearest value wins, and the outer one stays as it was") {
  const Context outer = Context().with_value(number, 1);
  const Context inner = outer.with_value(number, 2);
  CHECK(*inner.value(number) == 2);
  CHECK(*outer.value(number) == 1);
}

TEST_CASE("keys are told apart by what they are, not by their names") {
  const Context ctx = Context().with_value(number, 1).with_value(same_name, 2);
  CHECK(*ctx.value(number) == 1);
  CHECK(*ctx.value(same_name) == 2);
  CHECK(std::string(number.name()) == same_name.name());
}

TEST_CASE("a value lives as long as a Context that can see it, and no longer") {
  const auto held = std::make_shared<int>(7);
  Context kept;
  {
    const Scope scope = Context().with_value(shared, held).with_cancel();
    const Context below = scope.with_value(number, 1);
    kept = below;
  }
  CHECK(held.use_count() == 2);
  CHECK(**kept.value(shared) == 7);
  const Context copy = kept;
  kept = Context();
  CHECK(held.use_count() == 2);
  kept = copy;
  kept = kept.without_cancel();
  CHECK(**kept.value(shared) == 7);
}

TEST_CASE("the last handle's end drops its values") {
  const auto held = std::make_shared<int>(7);
  { const Context ctx = Context().with_value(shared, held).with_value(number, 3); }
  CHECK(held.use_count() == 1);
}

TEST_CASE("100,000 values on one path are dropped without recursion") {
  Context ctx;
  for (int i = 0; i < 100000; ++i) ctx = ctx.with_value(number, i);
  CHECK(*ctx.value(number) == 99999);
  ctx = Context();
  CHECK(ctx.value(number) == nullptr);
}

TEST_CASE("several threads may read, copy and extend the same values") {
  const Context ctx = Context().with_value(keys::request_id, "r1");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([ctx, i] {
      for (int round = 0; round < 1000; ++round) {
        const Context mine = ctx.with_value(number, i);
        CHECK(*mine.value(number) == i);
        CHECK(*mine.value(keys::request_id) == "r1");
      }
    });
  }
}
