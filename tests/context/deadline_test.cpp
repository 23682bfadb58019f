#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <ratio>
#include <semaphore>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"

#include "context/blocked_threads.hpp"
#include "context/timer.hpp"
#include "support/census.hpp"
#include "support/eventually.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::test::Baseline;
using desist::test::BlockedThreads;
using desist::test::eventually;

namespace {

bool stops(const Scope& scope) {
  return eventually([&] { return scope.stop_requested(); });
}

}  // namespace

TEST_CASE("a deadline that passes stops the subtree with its cause, never early") {
  const Baseline baseline;
  {
    std::vector<Scope> scopes;
    const TimePoint start = Clock::now();
    for (int i = 0; i < 200; ++i) scopes.push_back(Context().with_deadline(start + 1ms + i * 237us));
    for (const Scope& scope : scopes) {
      const Scope below = scope.with_cancel();
      REQUIRE(stops(below));
      CHECK(below.cause() == Cause{Reason::deadline_exceeded, ""});
      CHECK(scope.context().stopped_at().value() >= scope.context().deadline().value());
    }
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a deadline wakes what waits on the Context, and runs its hooks") {
  const Scope scope = Context::root(Clock::now() + 5ms);
  std::binary_semaphore told(0);
  const auto hook = on_stop(scope, [&]() noexcept { told.release(); });
  CHECK(told.try_acquire_for(10s));
  CHECK(Clock::now() >= scope.context().deadline().value());
  CHECK(scope.stop_source().stop_requested());
}

TEST_CASE("deadlines only shrink on the way down") {
  const TimePoint now = Clock::now();
  const Scope root = Context::root(now + 10min);
  const std::size_t armed = armed_timers();
  const Scope later = root.with_deadline(now + 20min);
  const Scope same = later.with_cancel();
  CHECK(later.context().deadline() == now + 10min);
  CHECK(same.context().deadline() == now + 10min);
  CHECK(armed_timers() == armed);  // the root's is enough
  const Scope sooner = same.with_timeout(5min);
  CHECK(sooner.context().deadline().value() <= Clock::now() + 5min);
  const Scope no_sooner = sooner.with_timeout(6min);
  CHECK(no_sooner.context().deadline() == sooner.context().deadline());
  CHECK(armed_timers() == armed + 1);
  const Scope without = Context::root();
  CHECK(!without.context().deadline());
}

TEST_CASE("the parent's earlier deadline stops a child with a later one") {
  const Scope parent = Context().with_timeout(5ms);
  const Scope child = parent.with_timeout(1h);
  CHECK(stops(child));
  CHECK(child.cause()->reason == Reason::deadline_exceeded);
}

TEST_CASE("a deadline that has passed gives a Context that is already stopped") {
  const std::size_t armed = armed_timers();
  const Scope root = Context::root();
  for (const Scope& scope : {root.with_timeout(0s), root.with_timeout(-1h), Context().with_timeout(0s),
                             root.with_deadline(Clock::now()), root.with_deadline(TimePoint::min()),
                             Context::root(Clock::now()), root.shield(0s)}) {
    CHECK(scope.cause() == Cause{Reason::deadline_exceeded, ""});
    CHECK(scope.context().stopped_at().has_value());
    CHECK(scope.context().token().stop_requested());
  }
  CHECK(!root.stop_requested());
  CHECK(armed_timers() == armed);
}

TEST_CASE("a timeout too large for the clock means none, in whatever unit it is said") {
  const Context background;
  const double infinite = std::numeric_limits<double>::infinity();
  for (const Scope& scope : std::array<Scope, 8>{
           background.with_timeout(Duration::max()), background.with_timeout(std::chrono::seconds::max()),
           background.with_timeout(std::chrono::hours::max()),
           background.with_timeout(std::chrono::years(300)),
           background.with_timeout(std::chrono::duration<double>(infinite)),
           background.shield(std::chrono::milliseconds::max()), background.shield(std::chrono::years(300)),
           background.shield(std::chrono::duration<float, std::micro>(1e30F))}) {
    CHECK(!scope.context().deadline());
    CHECK(!scope.stop_requested());
  }
  const Scope root = Context::root(Clock::now() + 1h);
  const Scope bounded = root.with_timeout(std::chrono::hours::max());
  CHECK(bounded.context().deadline().has_value());
}

TEST_CASE("a timeout too far in the past for the clock has passed, in whatever unit it is said") {
  const Context background;
  for (const Scope& scope : std::array<Scope, 5>{
           background.with_timeout(Duration::min()), background.with_timeout(std::chrono::seconds::min()),
           background.with_timeout(std::chrono::years(-300)),
           background.with_timeout(std::chrono::duration<double>(-1e300)),
           background.shield(std::chrono::hours::min())}) {
    CHECK(scope.cause() == Cause{Reason::deadline_exceeded, ""});
  }
}

TEST_CASE("a duration in another unit keeps its length, and is cut off at the ends of the clock") {
  using Thirds = std::chrono::duration<std::int64_t, std::ratio<1, 3>>;
  using Picoseconds = std::chrono::duration<std::int64_t, std::pico>;
  using Seconds = std::chrono::duration<double>;
  using Unsigned = std::chrono::duration<std::uint64_t, std::nano>;
  static_assert(saturated(2s) == 2s);
  static_assert(saturated(-2h) == -2h);
  static_assert(saturated(Thirds(1)) == 333'333'333ns);
  static_assert(saturated(Thirds::max()) == Duration::max());
  static_assert(saturated(Thirds(27'000'000'000)) == 9'000'000'000s);  // the product alone overflows
  static_assert(saturated(Picoseconds::min()) == -9'223'372'036'854'775ns);
  static_assert(saturated(Unsigned::max()) == Duration::max());
  static_assert(saturated(9'223'372'036s) == 9'223'372'036s);
  static_assert(saturated(9'223'372'037s) == Duration::max());
  static_assert(saturated(-9'223'372'037s) == Duration::min());
  static_assert(saturated(Seconds(1.5)) == 1500ms);
  static_assert(saturated(Seconds(-1.5)) == -1500ms);
  static_assert(saturated(Seconds(1e10)) == Duration::max());
  static_assert(saturated(Seconds(-1e10)) == Duration::min());
  CHECK(saturated(Seconds(std::numeric_limits<double>::quiet_NaN())) == 0s);
}

TEST_CASE("a shield stops when its budget is spent, though the Context above has no deadline") {
  const Scope root = Context::root();
  const Scope shield = root.shield(5ms);
  CHECK(stops(shield));
  CHECK(shield.cause()->reason == Reason::deadline_exceeded);
  CHECK(!root.stop_requested());
}

TEST_CASE("a shield's budget may reach beyond the deadline above") {
  const Scope root = Context::root(Clock::now() + 5ms);
  const Scope shield = root.shield(1h);
  CHECK(stops(root));
  CHECK(!shield.stop_requested());
}

TEST_CASE("hooks that block on some deadlines delay no other") {
  const BlockedThreads blocked(3);
  REQUIRE(eventually([&] { return blocked.count() == 3; }));
  for (int i = 0; i < 5; ++i) {
    const Scope other = Context().with_timeout(2ms);
    REQUIRE(stops(other));
    CHECK(other.context().stopped_at().value() - other.context().deadline().value() < 5s);
  }
  CHECK(blocked.count() == 3);
}

TEST_CASE("a hook that blocks does not delay a deadline of the same moment") {
  const TimePoint at = Clock::now() + 20ms;
  std::vector<Scope> scopes;
  for (int i = 0; i < 10; ++i) scopes.push_back(Context().with_deadline(at));
  const BlockedThreads blocked(1, at);
  for (int i = 0; i < 10; ++i) scopes.push_back(Context().with_deadline(at));
  for (const Scope& scope : scopes) CHECK(stops(scope));
  CHECK(eventually([&] { return blocked.count() == 1; }));
}

TEST_CASE("100,000 pending deadlines hold up neither a near one nor each other's end") {
  const Baseline baseline;
  {
    std::vector<Scope> pending;
    pending.reserve(100000);
    for (int i = 0; i < 100000; ++i) pending.push_back(Context().with_timeout(10min + i * 1ms));
    CHECK(armed_timers() >= 100000);
    const Scope near = Context().with_timeout(2ms);
    CHECK(stops(near));
    CHECK(near.context().stopped_at().value() - near.context().deadline().value() < 5s);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("100,000 deadlines of the same moment all fire, and nothing is left") {
  const Baseline baseline;
  {
    const Scope root = Context::root();
    std::atomic<int> fired{0};
    const auto count = [&]() noexcept { ++fired; };
    std::vector<Scope> scopes;
    std::vector<std::unique_ptr<StopHook<decltype(count)>>> hooks;
    const TimePoint at = Clock::now() + 50ms;
    for (int i = 0; i < 100000; ++i) {
      scopes.push_back(root.with_deadline(at));
      hooks.push_back(std::make_unique<StopHook<decltype(count)>>(scopes.back(), count));
    }
    CHECK(eventually([&] { return fired == 100000; }, 60s));
    CHECK(!root.stop_requested());
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("cancelling disarms the deadlines of the whole subtree") {
  const std::size_t armed = armed_timers();
  const Scope root = Context::root(Clock::now() + 2h);
  std::vector<Scope> children;
  for (int i = 0; i < 100; ++i) children.push_back(root.with_timeout(1h));
  CHECK(armed_timers() == armed + 101);
  root.cancel();
  CHECK(armed_timers() == armed);
}
