#include "desist/parker.hpp"

#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include <doctest/doctest.h>
#include <pthread.h>

#include "support/eventually.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::detail::Parker;

TEST_CASE("an unpark that comes first is not lost, and ends one park") {
  Parker parker;
  parker.unpark();
  parker.park();
  CHECK_FALSE(parker.park_until(Clock::now()));
  parker.unpark();
  CHECK(parker.park_until(TimePoint::min()));
  CHECK_FALSE(parker.park_until(TimePoint::min()));
}

TEST_CASE("a park ends at its time and never before") {
  Parker parker;
  const TimePoint end = Clock::now() + 5ms;
  CHECK_FALSE(parker.park_until(end));
  CHECK(Clock::now() >= end);
}

TEST_CASE("a signal does not end a park") {
  struct sigaction handled {};
  struct sigaction before {};
  handled.sa_handler = [](int) {};
  sigaction(SIGUSR1, &handled, &before);
  Parker parker;
  Parker timed;
  std::atomic<int> passed{0};
  {
    std::jthread parked([&] {
      parker.park();
      ++passed;
      CHECK(timed.park_until(TimePoint::max()));
      ++passed;
    });
    for (int i = 0; i < 100; ++i) pthread_kill(parked.native_handle(), SIGUSR1);
    CHECK(passed == 0);
    parker.unpark();
    REQUIRE(test::eventually([&] { return passed == 1; }));
    for (int i = 0; i < 100; ++i) pthread_kill(parked.native_handle(), SIGUSR1);
    CHECK(passed == 1);
    timed.unpark();
  }
  CHECK(passed == 2);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("what was done before the unpark is seen after the park, and the Parker may go at once") {
  for (int round = 0; round < 2000; ++round) {
    auto parker = std::make_unique<Parker>();
    int written = 0;
    const std::jthread unparks([&written, where = parker.get()] {
      written = 1;
      where->unpark();
    });
    if (round % 2 == 0) {
      parker->park();
    } else {
      REQUIRE(parker->park_until(Clock::now() + 1h));
    }
    parker.reset();
    REQUIRE(written == 1);
  }
}
