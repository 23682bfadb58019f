#include "desist/after_stop.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>

#include <doctest/doctest.h>

#include "desist/pool.hpp"

#include "support/census.hpp"
#include "support/eventually.hpp"

using namespace desist;
using desist::test::Baseline;
using desist::test::eventually;

namespace {

template <class T>
concept TakesHook = requires(T scope) {
  after_stop(static_cast<T>(scope), [] {});
};
static_assert(TakesHook<Scope&> && !TakesHook<Scope> && !TakesHook<const Scope>);
static_assert(!std::is_constructible_v<AfterStop, Scope, void (*)()>);

}  // namespace

TEST_CASE(
    "it runs once, on a pool thread, after the Context stopped; the cancelling thread does not wait for it") {
  Pool pool;
  const Scope scope = Context().with_value(keys::pool, &pool).with_cancel();
  std::latch cancelled(1);
  std::atomic<int> ran{0};
  std::atomic<std::thread::id> where{};
  const AfterStop clean_up = after_stop(scope, [&] {
    cancelled.wait();  // may block
    where = std::this_thread::get_id();
    ++ran;
  });
  CHECK(ran == 0);
  scope.cancel();
  cancelled.count_down();
  CHECK(eventually([&] { return ran == 1; }));
  CHECK(where.load() != std::this_thread::get_id());
}

TEST_CASE("on a Context that has stopped already it runs at once") {
  const Scope scope = Context().with_cancel();
  scope.cancel();
  std::atomic<bool> ran{false};
  const AfterStop clean_up = after_stop(scope, [&] { ran = true; });
  CHECK(eventually([&] { return ran.load(); }));
}

TEST_CASE("on a Context that has not stopped by its end it never runs, and its captures go") {
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = captured;
  const Scope scope = Context().with_cancel();
  bool ran = false;
  {
    const AfterStop clean_up =
        after_stop(scope, [&ran, captured = std::move(captured)] { ran = *captured == 1; });
  }
  CHECK(watch.expired());
  scope.cancel();
  CHECK_FALSE(ran);
}

TEST_CASE("where no thread is to be had it runs in the destructor") {
  Pool pool({.max_threads = 0});
  const Scope scope = Context().with_value(keys::pool, &pool).with_cancel();
  std::thread::id where;
  {
    const AfterStop clean_up = after_stop(scope, [&] { where = std::this_thread::get_id(); });
    scope.cancel();
    CHECK(where == std::thread::id());
  }
  CHECK(where == std::this_thread::get_id());
}

TEST_CASE("its end waits for a run under way") {
  const Scope scope = Context().with_cancel();
  std::latch began(1);
  std::atomic<bool> ended{false};
  {
    const AfterStop clean_up = after_stop(scope, [&] {
      began.count_down();
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      ended = true;
    });
    scope.cancel();
    began.wait();
  }
  CHECK(ended);
}

TEST_CASE("its own function may destroy it") {
  const Scope scope = Context().with_cancel();
  std::latch placed(1);
  std::atomic<bool> ended{false};
  std::optional<AfterStop> clean_up;
  clean_up.emplace(scope, [&] {
    placed.wait();
    clean_up.reset();
    ended = true;
  });
  scope.cancel();
  placed.count_down();
  CHECK(eventually([&] { return ended.load(); }));
}

TEST_CASE(
    "a cancel that comes at its end: it has run by then if the Context had stopped before, and at most "
    "once") {
  const Baseline baseline;
  {
    Pool pool;
    int ran_in_all = 0;
    for (int round = 0; round < 5000; ++round) {
      const Scope scope = Context().with_value(keys::pool, &pool).with_cancel();
      std::atomic<int> ran{0};
      std::latch both(2);
      std::optional<AfterStop> clean_up(std::in_place, scope, [&] { ++ran; });
      const std::jthread cancels([&] {
        both.arrive_and_wait();
        scope.cancel();
      });
      both.arrive_and_wait();
      for (int i = 0; i < round % 40; ++i) (void)scope.stop_requested();
      const bool stopped = scope.stop_requested();
      clean_up.reset();
      const int count = ran;
      REQUIRE(count <= 1);
      if (stopped) REQUIRE(count == 1);
      ran_in_all += count;
      scope.cancel();
      REQUIRE(ran == count);
    }
    CHECK(ran_in_all > 0);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
