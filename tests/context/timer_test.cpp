#include "context/timer.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <semaphore>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "support/eventually.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::test::eventually;

TEST_CASE("a timer calls its function once an arming, not before its time") {
  std::atomic<int> calls{0};
  std::atomic<bool> early{false};
  TimePoint at{};
  Timer timer([&] {
    if (Clock::now() < at) early = true;
    ++calls;
  });
  for (int i = 1; i <= 20; ++i) {
    at = Clock::now() + i * 170us;
    timer.arm(at);
    CHECK(eventually([&] { return calls == i; }));
  }
  CHECK(!early);
  CHECK(calls == 20);
}

TEST_CASE("arming with a time that has passed calls at once") {
  std::binary_semaphore called(0);
  Timer timer([&] { called.release(); });
  timer.arm(Clock::now() - 1h);
  CHECK(called.try_acquire_for(10s));
  timer.arm(TimePoint::min());
  CHECK(called.try_acquire_for(10s));
}

TEST_CASE("a later arming replaces an earlier one, in both directions") {
  const std::size_t armed = armed_timers();
  std::atomic<int> calls{0};
  Timer timer([&] { ++calls; });
  timer.arm(Clock::now() + 100ms);
  timer.arm(Clock::now() + 1h);
  CHECK(armed_timers() == armed + 1);
  CHECK_FALSE(eventually([&] { return calls > 0; }, 150ms));
  timer.arm(TimePoint::max());
  timer.arm(Clock::now() + 1ms);
  CHECK(eventually([&] { return calls == 1; }));
  CHECK(armed_timers() == armed);
}

TEST_CASE("a disarmed timer does not call until it is armed again") {
  std::atomic<int> calls{0};
  Timer timer([&] { ++calls; });
  for (int i = 0; i < 2000; ++i) {
    timer.arm(Clock::now() + 100ms);
    timer.disarm();
  }
  CHECK_FALSE(eventually([&] { return calls > 0; }, 150ms));
  timer.arm(Clock::now());
  CHECK(eventually([&] { return calls == 1; }));
}

TEST_CASE("a timer may arm itself from inside its function") {
  std::atomic<int> calls{0};
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>([&] {
    if (++calls < 10) timer->arm(Clock::now() + 300us);
  });
  timer->arm(Clock::now());
  CHECK(eventually([&] { return calls == 10; }));
}

TEST_CASE("calls of one timer never overlap, and an arming during a call is not lost") {
  std::binary_semaphore entered(0);
  std::binary_semaphore let_go(0);
  std::atomic<int> inside{0};
  std::atomic<int> calls{0};
  std::atomic<bool> overlapped{false};
  const std::size_t armed = armed_timers();
  Timer timer([&] {
    if (++inside > 1) overlapped = true;
    if (++calls == 1) {
      entered.release();
      let_go.acquire();
    }
    --inside;
  });
  timer.arm(Clock::now());
  entered.acquire();
  timer.arm(Clock::now());
  CHECK(eventually([&] { return armed_timers() == armed; }));  // it has been taken, and has to wait
  CHECK_FALSE(eventually([&] { return calls > 1; }, 20ms));
  let_go.release();
  CHECK(eventually([&] { return calls == 2; }));
  CHECK(!overlapped);
}

TEST_CASE("a timer's destructor waits for a call on another thread") {
  std::binary_semaphore entered(0);
  std::binary_semaphore let_go(0);
  std::atomic<bool> returning{false};
  std::atomic<bool> destroyed{false};
  bool returned_first = false;
  std::optional<Timer> timer(std::in_place, [&] {
    entered.release();
    let_go.acquire();
    returning = true;
  });
  timer->arm(Clock::now());
  entered.acquire();
  std::jthread destroyer([&] {
    timer.reset();
    returned_first = returning;
    destroyed = true;
  });
  CHECK_FALSE(eventually([&] { return destroyed.load(); }, 50ms));
  let_go.release();
  destroyer.join();
  CHECK(returned_first);
}

TEST_CASE("a timer that is destroyed at the moment when it fires does not call afterwards") {
  constexpr std::size_t count = 60;
  for (int round = 0; round < 1000; ++round) {
    std::atomic<int> calls{0};
    std::atomic<int> late{0};
    std::vector<std::atomic<bool>> alive(count);
    std::vector<std::unique_ptr<Timer>> timers;
    timers.reserve(count);
    const TimePoint at = Clock::now() + 200us;
    for (std::size_t i = 0; i < count; ++i) {
      alive[i] = true;
      timers.push_back(std::make_unique<Timer>([&, i] {
        ++calls;
        late += static_cast<int>(!alive[i]);
      }));
      timers[i]->arm(at);
    }
    const int begun = round % 30;
    while (calls <= begun) std::this_thread::yield();
    while (!timers.empty()) {  // those that were armed last fire first: both go the same way
      timers.pop_back();
      alive[timers.size()] = false;
    }
    CHECK(late == 0);
  }
}

TEST_CASE("a timer may destroy itself from inside its function") {
  std::atomic<bool> done{false};
  const auto holder = std::make_shared<std::unique_ptr<Timer>>();
  *holder = std::make_unique<Timer>([holder, &done] {
    holder->reset();
    done = true;
  });
  (*holder)->arm(Clock::now());
  CHECK(eventually([&] { return done.load(); }));
}

TEST_CASE("a function that blocks delays no other timer") {
  std::counting_semaphore<8> let_go(0);
  std::atomic<int> blocked{0};
  std::vector<std::unique_ptr<Timer>> stubborn;
  for (int i = 0; i < 4; ++i) {
    stubborn.push_back(std::make_unique<Timer>([&] {
      ++blocked;
      let_go.acquire();
    }));
    stubborn.back()->arm(Clock::now());
  }
  CHECK(eventually([&] { return blocked == 4; }));
  std::binary_semaphore called(0);
  Timer timer([&] { called.release(); });
  for (int i = 0; i < 10; ++i) {
    const TimePoint at = Clock::now() + 1ms;
    timer.arm(at);
    CHECK(called.try_acquire_for(10s));
    CHECK(Clock::now() - at < 5s);
  }
  let_go.release(4);
}

TEST_CASE("threads that arm and disarm at random leave the count right") {
  const std::size_t armed = armed_timers();
  {
    std::vector<std::jthread> threads;
    for (unsigned seed = 1; seed <= 3; ++seed) {
      threads.emplace_back([seed] {
        std::atomic<int> calls{0};
        std::vector<std::unique_ptr<Timer>> timers;
        for (int i = 0; i < 50; ++i) timers.push_back(std::make_unique<Timer>([&] { ++calls; }));
        unsigned state = seed;
        for (int i = 0; i < 20000; ++i) {
          state = state * 1664525U + 1013904223U;
          Timer& timer = *timers[(state >> 8U) % timers.size()];
          if ((state >> 28U) < 5) {
            timer.disarm();
          } else {
            timer.arm(Clock::now() + std::chrono::microseconds((state >> 16U) % 2000));
          }
        }
      });
    }
  }
  CHECK(armed_timers() == armed);
}
