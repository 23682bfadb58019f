#include "desist/pool.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "support/census.hpp"
#include "support/eventually.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::test::Baseline;
using desist::test::eventually;

namespace {

/// Runs one job to its end and gives the thread that it ran on.
std::thread::id run_one(Pool& pool) {
  std::thread::id id;
  std::latch done(1);
  REQUIRE(pool.spawn([&] {
    id = std::this_thread::get_id();
    done.count_down();
  }));
  done.wait();
  REQUIRE(eventually([&] { return pool.running() == 0; }));
  return id;
}

}  // namespace

TEST_CASE("a job runs on another thread, beginning now") {
  Pool pool;
  CHECK(run_one(pool) != std::this_thread::get_id());
}

TEST_CASE("jobs that wait for one another all run: the pool never queues") {
  Pool pool;
  std::latch all(50);
  std::atomic<int> met{0};
  for (int i = 0; i < 50; ++i) {
    REQUIRE(pool.spawn([&] {
      all.arrive_and_wait();
      ++met;
    }));
  }
  CHECK(eventually([&] { return met == 50; }));
}

TEST_CASE("a free thread is used again") {
  Pool pool;
  const auto first = run_one(pool);
  for (int i = 0; i < 100; ++i) CHECK(run_one(pool) == first);
  CHECK(pool.threads() == 1);
}

TEST_CASE("the thread that became free last is used first") {
  Pool pool;
  std::latch both_began(2);
  std::latch let_early_go(1);
  std::latch let_late_go(1);
  std::thread::id late;
  REQUIRE(pool.spawn([&] {
    both_began.count_down();
    let_early_go.wait();
  }));
  REQUIRE(pool.spawn([&] {
    late = std::this_thread::get_id();
    both_began.count_down();
    let_late_go.wait();
  }));
  both_began.wait();
  let_early_go.count_down();
  REQUIRE(eventually([&] { return pool.running() == 1; }));
  let_late_go.count_down();
  REQUIRE(eventually([&] { return pool.running() == 0; }));
  CHECK(run_one(pool) == late);
}

TEST_CASE("at the cap a spawn is refused as overloaded, and works again once a thread is free") {
  Pool pool({.max_threads = 2});
  std::latch go(1);
  REQUIRE(pool.spawn([&] { go.wait(); }));
  REQUIRE(pool.spawn([&] { go.wait(); }));
  const Result<void> third = pool.spawn([] {});
  REQUIRE_FALSE(third.has_value());
  CHECK(third.error().code == ErrorCode::overloaded);
  CHECK(third.error().message == "all 2 threads are busy");
  go.count_down();
  CHECK(eventually([&] { return pool.spawn([] {}).has_value(); }));
}

TEST_CASE("an idle thread ends after its time") {
  const Baseline baseline;
  Pool pool({.idle_for = 20ms});
  std::latch go(1);
  for (int i = 0; i < 10; ++i) REQUIRE(pool.spawn([&] { go.wait(); }));
  CHECK(pool.threads() == 10);
  go.count_down();
  CHECK(eventually([&] { return pool.threads() == 0; }));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
  run_one(pool);
}

TEST_CASE("a thread that finishes beyond max_idle ends at once") {
  Pool pool({.max_idle = 2, .idle_for = 1h});
  std::latch go(1);
  for (int i = 0; i < 10; ++i) REQUIRE(pool.spawn([&] { go.wait(); }));
  go.count_down();
  CHECK(eventually([&] { return pool.running() == 0; }));
  CHECK(pool.threads() == 2);
}

TEST_CASE("the pool's end waits for the jobs that run, and for what these spawn") {
  const Baseline baseline;
  std::atomic<int> finished{0};
  {
    Pool pool;
    std::latch began(1);
    REQUIRE(pool.spawn([&] {
      began.count_down();
      for (int i = 0; i < 10; ++i) REQUIRE(pool.spawn([&] { ++finished; }));
      ++finished;
    }));
    began.wait();
  }
  CHECK(finished == 11);
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

namespace {

/// Says, at its end, how many threads count as running.
class LooksAtItsEnd {
 public:
  LooksAtItsEnd(Pool& pool, std::atomic<int>& running) : pool_(pool), running_(running) {}
  ~LooksAtItsEnd() { running_ = static_cast<int>(pool_.running()); }

 private:
  Pool& pool_;
  std::atomic<int>& running_;
};

}  // namespace

TEST_CASE("what a job captured is gone before its thread counts as free") {
  Pool pool;
  std::atomic<int> running{-1};
  REQUIRE(pool.spawn([captured = std::make_shared<LooksAtItsEnd>(pool, running)] {}));
  REQUIRE(eventually([&] { return running != -1; }));
  CHECK(running == 1);
}

TEST_CASE("a spawn that meets a thread which is just giving up its wait is not lost") {
  Pool pool({.max_idle = 4, .idle_for = 100us});
  std::atomic<int> ran{0};
  for (int i = 0; i < 5000; ++i) {
    REQUIRE(pool.spawn([&] { ++ran; }));
    if (i % 3 == 0) std::this_thread::sleep_for(100us);  // lint:allow: about when the idle time is over
  }
  CHECK(eventually([&] { return ran == 5000; }));
}

TEST_CASE("many threads spawn at once and every job runs once") {
  const Baseline baseline;
  std::atomic<int> ran{0};
  {
    Pool pool({.max_idle = 3});
    std::vector<std::jthread> spawners;
    for (int t = 0; t < 4; ++t) {
      spawners.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) {
          while (!pool.spawn([&] { ++ran; })) std::this_thread::yield();
        }
      });
    }
  }
  CHECK(ran == 8000);
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a Context names its pool, and the process has one of its own") {
  Pool pool;
  CHECK(&pool_of(Context()) == &Pool::shared());
  CHECK(&pool_of(Context().with_value(keys::pool, &pool)) == &pool);
  CHECK(&pool_of(Context().with_value(keys::pool, nullptr)) == &Pool::shared());
}
