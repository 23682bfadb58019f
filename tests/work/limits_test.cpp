// Not built with a sanitizer: those reserve more address space than these limits, and cannot hold that many
// threads.

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <utility>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "desist/live_tree.hpp"
#include "desist/pool.hpp"
#include "desist/semaphore.hpp"
#include "desist/task_group.hpp"
#include "desist/worker.hpp"

#include "support/census.hpp"
#include "support/eventually.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::test::eventually;
using desist::test::resident_bytes;

TEST_CASE("where the system gives no thread a spawn is refused as overloaded, and later ones work") {
  Pool pool;
  std::latch go(1);
  Result<void> refused;
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
  rlimit small = before;
  small.rlim_cur =
      std::size_t{64} << 20U;  // some stacks fit, a hundred do not; RLIMIT_NPROC does not hold for root
  REQUIRE(setrlimit(RLIMIT_AS, &small) == 0);
  for (int i = 0; i < 100 && refused; ++i) refused = pool.spawn([&] { go.wait(); });
  REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
  const std::size_t running = pool.running();
  go.count_down();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::overloaded);
  CHECK(refused.error().message.starts_with("no thread to be had: "));
  CHECK(running < 100);
  CHECK(eventually([&] { return pool.running() == 0; }));
  CHECK(pool.spawn([] {}).has_value());
}

TEST_CASE("ten thousand jobs run at once, and their threads leave no memory behind") {
  Pool pool;
  const std::size_t before = resident_bytes();
  std::latch go(1);
  std::atomic<int> began{0};
  for (int i = 0; i < 10000; ++i) {
    REQUIRE(pool.spawn([&] {
      ++began;
      go.wait();
    }));
  }
  CHECK(eventually([&] { return began == 10000; }));
  CHECK(pool.running() == 10000);
  go.count_down();
  CHECK(eventually([&] { return pool.threads() <= 32; }, 60s));
  CHECK(eventually([&] { return resident_bytes() < before + (std::size_t{48} << 20U); }));
}

TEST_CASE("a million workers one after another leave a request's memory flat") {
  Journal silent;
  LiveTree tree(silent, {});
  const Scope root = Context::root();
  const auto live =
      tree.open({.id = "r", .method = "GET", .path = "/", .route = {}, .framed = Clock::now()}, {});
  const Context ctx = root.with_value(keys::live_request, live);
  const auto run = [&](int count) {
    for (int i = 0; i < count; ++i) const Worker worker(ctx, "step", "task");
  };
  run(10'000);
  const std::size_t before = resident_bytes();
  run(1'000'000);
  CHECK(resident_bytes() < before + (std::size_t{1} << 20U));
  CHECK(live->workers_total() == 1'010'000);
  CHECK(live->workers().size() == 100);
  live->close();
}

TEST_CASE("a group that starts tasks without end, a few at a time, keeps nothing of those that are done") {
  Journal silent;
  LiveTree tree(silent, {});
  Pool pool;
  const Scope root = Context::root();
  const auto live =
      tree.open({.id = "r", .method = "GET", .path = "/", .route = {}, .framed = Clock::now()}, {});
  const Context ctx = root.with_value(keys::live_request, live).with_value(keys::pool, &pool);
  Semaphore few(8);
  TaskGroup group(ctx);
  std::atomic<int> ran{0};
  const auto run = [&](int count) {
    for (int i = 0; i < count; ++i) {
      Result<Semaphore::Permit> permit = few.acquire(ctx);
      REQUIRE(permit.has_value());
      group.spawn("step",
                  [&, held = std::make_shared<Semaphore::Permit>(std::move(*permit))](const Context&) {
                    ++ran;
                    return Result<void>();
                  });
    }
    REQUIRE(group.wait().has_value());
  };
  run(5'000);
  const std::size_t before = resident_bytes();
  run(100'000);
  CHECK(resident_bytes() < before + (std::size_t{2} << 20U));
  CHECK(ran == 105'000);
  CHECK(live->workers_total() == 105'000);
  CHECK(pool.threads() <= 16);
  live->close();
}
