#include "desist/waits.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "support/eventually.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::test::eventually;

namespace {

Scope stopped_scope() {
  Scope scope = Context().with_cancel();
  scope.cancel(Reason::client_gone);
  return scope;
}

}  // namespace

// --- sleep ---

TEST_CASE("a sleep lasts its time and never less") {
  const Context context;
  const TimePoint start = Clock::now();
  CHECK(sleep_for(context, 5ms).has_value());
  CHECK(Clock::now() - start >= 5ms);
  CHECK(sleep_until(context, start).has_value());
}

TEST_CASE("a sleep ends early when the Context stops, and says why") {
  const Scope scope = Context().with_cancel();
  const std::jthread cancels([&] { scope.cancel(Reason::client_gone); });
  const Result<void> slept = sleep_for(scope, 1h);
  REQUIRE_FALSE(slept.has_value());
  CHECK(slept.error().cause->reason == Reason::client_gone);
}

TEST_CASE("a sleep without end ends with a deadline") {
  const Scope scope = Context().with_timeout(5ms);
  const Result<void> slept = sleep_for(scope, Duration::max());
  REQUIRE_FALSE(slept.has_value());
  CHECK(slept.error().cause->reason == Reason::deadline_exceeded);
}

TEST_CASE("a sleep too long for the clock lasts until the Context stops, in whatever unit it is said") {
  const Scope scope = Context().with_timeout(10ms);
  CHECK(!sleep_for(scope, std::chrono::seconds::max()));
  CHECK(!sleep_for(scope, std::chrono::years(300)));
  Alarm never = Alarm::in(std::chrono::hours::max());
  CHECK(!wait_any(scope, never));
  CHECK(sleep_for(scope, std::chrono::hours::min()));  // over already
  CHECK(sleep_for(scope, std::chrono::duration<double>(-1e300)));
}

TEST_CASE("a sleep whose time is over is over, even in a Context that has stopped") {
  const Scope scope = stopped_scope();
  CHECK(sleep_for(scope, 0ms).has_value());
  CHECK_FALSE(sleep_for(scope, 1h).has_value());
}

// --- latch ---

TEST_CASE("a latch lets everybody through once it has been counted down, and stays open") {
  Latch latch(2);
  std::atomic<int> through{0};
  std::vector<std::jthread> waiting;
  for (int i = 0; i < 5; ++i) {
    waiting.emplace_back([&] {
      CHECK(latch.wait(Context()).has_value());
      ++through;
    });
  }
  latch.count_down();
  CHECK_FALSE(latch.open());
  CHECK(through == 0);
  latch.count_down();
  waiting.clear();
  CHECK(through == 5);
  CHECK(latch.open());
  latch.count_down();
  const Scope scope = stopped_scope();
  CHECK(latch.wait(scope).has_value());  // what is there wins
}

TEST_CASE("a wait for a latch ends when the Context stops") {
  Latch latch;
  const Scope scope = Context().with_cancel();
  const std::jthread cancels([&] { scope.cancel(); });
  CHECK(latch.wait(scope).error().code == ErrorCode::cancelled);
  CHECK(latch.wait(scope).error().code == ErrorCode::cancelled);
}

TEST_CASE("who has waited for a latch may destroy it at once") {
  for (int round = 0; round < 5000; ++round) {
    auto latch = std::make_unique<Latch>();
    const std::jthread opens([&latch = *latch] { latch.count_down(); });
    REQUIRE(latch->wait(Context()).has_value());
    latch.reset();
  }
}

// --- semaphore ---

TEST_CASE("a semaphore lends its permits and takes them back at their end") {
  Semaphore semaphore(2);
  {
    Result<Semaphore::Permit> first = semaphore.acquire(Context());
    REQUIRE(first.has_value());
    std::optional<Semaphore::Permit> second = semaphore.try_acquire();
    REQUIRE(second.has_value());
    CHECK_FALSE(semaphore.try_acquire().has_value());
    second->release();
    CHECK(semaphore.available() == 1);
    Semaphore::Permit moved = std::move(*first);
    CHECK(semaphore.available() == 1);
  }
  CHECK(semaphore.available() == 2);
}

TEST_CASE("a semaphore serves those who wait in the order in which they came") {
  Semaphore semaphore(1);
  std::optional<Semaphore::Permit> held = semaphore.try_acquire();
  std::vector<int> order;
  std::atomic<int> waiting{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 5; ++i) {
    threads.emplace_back([&, i] {
      Semaphore::Acquire acquire(semaphore);
      Waiter waiter;
      acquire.enrol(waiter, 0);  // enrolled for sure before the next one begins
      ++waiting;
      CHECK(waiter.wait() == 0);
      const std::optional<Semaphore::Permit> permit = acquire.take();
      order.push_back(i);  // the permit guards it
    });
    REQUIRE(eventually([&] { return waiting == i + 1; }));
  }
  held.reset();
  threads.clear();
  CHECK(order == std::vector<int>{0, 1, 2, 3, 4});
}

TEST_CASE("a wait for a permit that was given up leaves the permit to the next") {
  Semaphore semaphore(1);
  for (int round = 0; round < 3000; ++round) {
    std::optional<Semaphore::Permit> held = semaphore.try_acquire();
    REQUIRE(held.has_value());
    const Scope scope = Context().with_cancel();
    {
      const std::jthread gives_up([&] {
        const Result<Semaphore::Permit> permit = semaphore.acquire(scope);
        if (!permit) CHECK(permit.error().code == ErrorCode::cancelled);
      });
      const std::jthread waits([&] { CHECK(semaphore.acquire(Context()).has_value()); });
      const std::jthread cancels([&] { scope.cancel(); });
      held.reset();
    }
    REQUIRE(semaphore.available() == 1);
  }
}

TEST_CASE("a free permit is lent even in a Context that has stopped; a taken one is not waited for") {
  Semaphore semaphore(1);
  const Scope scope = stopped_scope();
  const Result<Semaphore::Permit> permit = semaphore.acquire(scope);
  CHECK(permit.has_value());
  CHECK(semaphore.acquire(scope).error().code == ErrorCode::cancelled);
}

TEST_CASE("never more hold a permit than there are, however many ask and give up") {
  Semaphore semaphore(3);
  std::atomic<int> holding{0};
  std::atomic<int> most{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 500; ++i) {
          const Scope scope = Context().with_timeout(std::chrono::microseconds(t % 2 == 0 ? 20 : 1'000'000));
          const Result<Semaphore::Permit> permit = semaphore.acquire(scope);
          if (!permit) continue;
          const int now = ++holding;
          int seen = most;
          while (seen < now && !most.compare_exchange_weak(seen, now)) {
          }
          std::this_thread::yield();
          --holding;
        }
      });
    }
  }
  CHECK(most <= 3);
  CHECK(semaphore.available() == 3);
}

// --- wait_any ---

TEST_CASE("of several that are there the first in the order given is taken, and nothing from the others") {
  Queue<int> numbers(4);
  Semaphore semaphore(1);
  Latch latch(0);
  REQUIRE(numbers.push(Context(), 1).has_value());
  Queue<int>::Pop number(numbers);
  Semaphore::Acquire permit(semaphore);
  Latch::Wait opened(latch);
  CHECK(wait_any(Context(), permit, number, opened) == 0U);
  CHECK(numbers.size() == 1);
  CHECK(wait_any(Context(), number, permit) == 0U);
  CHECK(semaphore.available() == 0);
  CHECK(number.take() == 1);
  CHECK(wait_any(Context(), number, opened) == 1U);
  permit.take().value().release();
  CHECK(semaphore.available() == 1);
  CHECK_FALSE(permit.take());  // it has been taken
}

TEST_CASE("what is there wins over a Context that has stopped; where nothing is, the wait says cancelled") {
  const Scope scope = stopped_scope();
  Queue<int> numbers(1);
  Latch latch;
  Queue<int>::Pop number(numbers);
  Latch::Wait opened(latch);
  CHECK(wait_any(scope, number, opened).error().cause->reason == Reason::client_gone);
  REQUIRE(numbers.push(Context(), 5).has_value());
  CHECK(wait_any(scope, opened, number) == 1U);
  CHECK(number.take() == 5);
}

TEST_CASE("an alarm beside other waits ends a wait for which nothing comes") {
  Queue<int> numbers(1);
  Queue<int>::Pop number(numbers);
  Alarm late = Alarm::in(1h);
  Alarm soon = Alarm::in(2ms);
  CHECK(wait_any(Context(), number, late, soon) == 2U);
  REQUIRE(numbers.push(Context(), 1).has_value());
  CHECK(wait_any(Context(), number, late, soon) == 0U);
}

TEST_CASE("a wait is woken by the one of its waitables that comes") {
  Queue<int> numbers(1);
  Latch latch;
  Queue<int>::Pop number(numbers);
  Latch::Wait opened(latch);
  {
    const std::jthread brings([&] { CHECK(numbers.push(Context(), 9).has_value()); });
    CHECK(wait_any(Context(), opened, number) == 1U);
    CHECK(number.take() == 9);
  }
  const std::jthread opens([&] { latch.count_down(); });
  CHECK(wait_any(Context(), number, opened) == 1U);
}

namespace {

/// A waitable of the user's own: done when a counter, bumped by another thread, has reached a number.
class Reached {
 public:
  Reached(std::mutex& mutex, const int& counter, int goal) : mutex_(mutex), counter_(counter), goal_(goal) {}
  bool poll() noexcept {
    const std::lock_guard lock(mutex_);
    return counter_ >= goal_;
  }
  void enrol(Waiter& waiter, std::size_t index) noexcept {
    const std::lock_guard lock(mutex_);
    if (counter_ < goal_) {
      waiter_ = &waiter;
      index_ = index;
    } else if (waiter.claim(index)) {
      waiter.wake();
    }
  }
  void withdraw() noexcept {
    const std::lock_guard lock(mutex_);
    waiter_ = nullptr;
  }
  /// With the mutex held.
  void look() noexcept {
    if (waiter_ != nullptr && counter_ >= goal_ && waiter_->claim(index_))
      std::exchange(waiter_, nullptr)->wake();
  }

 private:
  std::mutex& mutex_;
  const int& counter_;
  int goal_;
  Waiter* waiter_ = nullptr;
  std::size_t index_ = 0;
};
static_assert(Waitable<Reached>);

}  // namespace

TEST_CASE("users may wait for kinds of their own") {
  std::mutex mutex;
  int counter = 0;
  Reached reached(mutex, counter, 100);
  Latch never;
  Latch::Wait opened(never);
  const std::jthread counts([&] {
    for (int i = 0; i < 100; ++i) {
      const std::lock_guard lock(mutex);
      ++counter;
      reached.look();
    }
  });
  CHECK(wait_any(Context(), opened, reached) == 1U);
}

namespace {

/// Comes, silently, while the wait for it begins; and so does the stop.
struct ComesWithTheStop {
  const Scope& scope;
  bool there = false;
  bool poll() noexcept { return there; }
  void enrol(Waiter&, std::size_t) noexcept {
    scope.cancel();
    there = true;
  }
  void withdraw() noexcept {}
};

}  // namespace

TEST_CASE("what comes while the stop ends the wait is taken") {
  const Scope scope = Context().with_cancel();
  Latch never;
  Latch::Wait opened(never);
  ComesWithTheStop both{scope};
  CHECK(wait_any(scope, opened, both) == 1U);
}

namespace {

/// Comes, and then the stop, just after it has been asked for and was not there.
struct ComesBeforeTheStop {
  const Scope& scope;
  bool there = false;
  bool poll() noexcept {
    if (there) return true;
    there = true;
    scope.cancel();
    return false;
  }
  void enrol(Waiter&, std::size_t) noexcept {}
  void withdraw() noexcept {}
};

}  // namespace

TEST_CASE("what came before the stop is taken, even if both come as the wait begins") {
  const Scope scope = Context().with_cancel();
  ComesBeforeTheStop both{scope};
  CHECK(wait_any(scope, both) == 0U);
}

namespace {

/// Comes when the wait for it begins, and brings something else to those that are asked after it.
struct ComesFirst {
  std::function<void()> bring;
  bool poll() noexcept { return false; }
  void enrol(Waiter& waiter, std::size_t index) noexcept {
    REQUIRE(waiter.claim(index));
    bring();
    waiter.wake();
  }
  void withdraw() noexcept {}
};

}  // namespace

TEST_CASE("what comes while the wait ends with another is left where it is") {
  Queue<int> numbers(1);
  Queue<int> full(1);
  Semaphore semaphore(1);
  std::optional<Semaphore::Permit> held = semaphore.try_acquire();
  REQUIRE(full.push(Context(), 1).has_value());
  ComesFirst first{[&] {
    CHECK(numbers.push(Context(), 1).has_value());
    CHECK(full.pop(Context()).has_value());
    held.reset();
  }};
  Queue<int>::Pop number(numbers);
  Queue<int>::Push push(full, 2);
  Semaphore::Acquire permit(semaphore);
  CHECK(wait_any(Context(), first, number, push, permit) == 0U);
  CHECK(numbers.size() == 1);
  CHECK(full.size() == 0);
  CHECK(push.take_back() == 2);
  CHECK(semaphore.available() == 1);
}

TEST_CASE("a stop that comes with the data: the wait says cancelled only where the data is still to be had") {
  int popped = 0;
  for (int round = 0; round < 5000; ++round) {
    Queue<int> numbers(1);
    const Scope scope = Context().with_cancel();
    Result<std::optional<int>> result;
    {
      const std::jthread pops([&] { result = numbers.pop(scope); });
      const std::jthread pushes([&] { CHECK(numbers.push(Context(), round).has_value()); });
      scope.cancel();
    }
    if (result) {
      REQUIRE(*result == round);
      REQUIRE(numbers.size() == 0);
      ++popped;
    } else {
      REQUIRE(numbers.size() == 1);
    }
  }
  CHECK(popped > 0);
}
