#include "desist/worker.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "work/request_under_test.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::test::RequestUnderTest;

TEST_CASE("a worker is listed with name, kind, times and outcome, from its start on") {
  RequestUnderTest request;
  {
    Worker worker(request.ctx, "orders", "sqlite");
    const auto listed = request.live->workers();
    REQUIRE(listed.size() == 1);
    CHECK(listed[0].id == 1);
    CHECK(listed[0].name == "orders");
    CHECK(listed[0].kind == "sqlite");
    CHECK(listed[0].outcome == Outcome::running);
    CHECK(listed[0].pid == 0);
    CHECK(listed[0].checkpoint.empty());
    CHECK(listed[0].started <= Clock::now());
    CHECK_FALSE(listed[0].told.has_value());
    CHECK_FALSE(listed[0].stopped.has_value());
    CHECK(request.live->workers_running() == 1);
  }
  const auto listed = request.live->workers();
  CHECK(listed[0].outcome == Outcome::finished);
  CHECK(listed[0].stopped >= listed[0].started);
  CHECK(request.live->workers_running() == 0);
  CHECK(request.live->workers_total() == 1);
  request.live->close();
  CHECK(request.listener.kinds() == "opened spawned stopped closed");
}

TEST_CASE("outside a request a worker does nothing") {
  const Scope scope = Context().with_cancel();
  Worker worker(scope, "x", "task");
  worker.note_pid(1);
  worker.note(Outcome::failed);
  checkpoint("nowhere");
  CHECK(worker.done(Result<int>(3)).value() == 3);
}

TEST_CASE("the outcome follows from the result, and where there is none, from the Context") {
  RequestUnderTest request;
  { (void)Worker(request.ctx, "finished", "task").done(Result<int>(1)); }
  { (void)Worker(request.ctx, "failed", "task").done(Result<int>(failure(ErrorCode::too_large, "x"))); }
  { (void)Worker(request.ctx, "cancelled", "task").done(Result<int>(cancelled(request.ctx))); }
  { const Worker silent(request.ctx, "silent", "task"); }
  request.root.cancel();
  { const Worker told(request.ctx, "told", "task"); }
  { (void)Worker(request.ctx, "finished in time", "task").done(Result<int>(1)); }
  const auto listed = request.live->workers();
  REQUIRE(listed.size() == 6);
  CHECK(listed[0].outcome == Outcome::finished);
  CHECK(listed[1].outcome == Outcome::failed);
  CHECK(listed[2].outcome == Outcome::cancelled);
  CHECK(listed[3].outcome == Outcome::finished);
  CHECK(listed[4].outcome == Outcome::cancelled);
  CHECK(listed[5].outcome == Outcome::finished);
}

TEST_CASE("a worker is told when its Context stops, and the journal hears why") {
  RequestUnderTest request;
  const Scope scope = request.ctx.with_cancel();
  Worker told(scope, "told", "task");
  Worker other(request.ctx, "other", "task");
  scope.cancel(Reason::lost_race, "the mirror answered first");
  const auto listed = request.live->workers();
  CHECK(listed[0].told.has_value());
  CHECK_FALSE(listed[1].told.has_value());
  const auto heard = request.listener.of(EventKind::told);
  REQUIRE(heard.size() == 1);
  CHECK(heard[0].worker == "told");
  CHECK(heard[0].worker_id == 1);
  CHECK(heard[0].cause == Cause{Reason::lost_race, "the mirror answered first"});
}

TEST_CASE("a checkpoint and a process are shown") {
  RequestUnderTest request;
  Worker worker(request.ctx, "report", "command");
  worker.note_pid(getpid());
  checkpoint("reading rows");
  CHECK(request.live->workers()[0].checkpoint == "reading rows");
  CHECK(request.live->workers()[0].pid == getpid());
  checkpoint("done");
  CHECK(request.live->workers()[0].checkpoint == "done");
}

TEST_CASE("of two workers on one thread the inner one takes the checkpoints until it ends") {
  RequestUnderTest request;
  Worker outer(request.ctx, "outer", "handler");
  checkpoint("a");
  {
    Worker inner(request.ctx, "inner", "sqlite");
    checkpoint("b");
    CHECK(request.live->workers()[0].checkpoint == "a");
    CHECK(request.live->workers()[1].checkpoint == "b");
  }
  checkpoint("c");
  CHECK(request.live->workers()[0].checkpoint == "c");
  CHECK(request.live->workers()[1].checkpoint == "b");
}

TEST_CASE("a plain task becomes the worker of the same name that is made inside of it") {
  RequestUnderTest request;
  {
    Worker task(request.ctx, "orders", "task");
    {
      Worker source(request.ctx, "orders", "sqlite");
      checkpoint("stepping");
      CHECK(request.live->workers_total() == 1);
      CHECK(request.live->workers()[0].kind == "sqlite");
      CHECK(request.live->workers()[0].checkpoint == "stepping");
      (void)source.done(Result<int>(failure(ErrorCode::failed, "no such table")));
    }
    CHECK(request.live->workers()[0].outcome == Outcome::running);  // the task has not returned
    Worker second(request.ctx, "orders", "sqlite");                 // a second fetch is work of its own
    CHECK(request.live->workers_total() == 2);
  }
  CHECK(request.live->workers()[0].outcome == Outcome::failed);
  request.live->close();
  CHECK(request.listener.kinds() == "opened spawned spawned stopped stopped closed");
}

TEST_CASE("a task becomes no worker of another name, another request, or one that is not plain any more") {
  RequestUnderTest request;
  RequestUnderTest other;
  {
    Worker task(request.ctx, "orders", "task");
    const Worker differs(request.ctx, "prices", "sqlite");
    CHECK(request.live->workers_total() == 2);
  }
  {
    Worker task(request.ctx, "orders", "task");
    const Worker elsewhere(other.ctx, "orders", "sqlite");
    CHECK(other.live->workers_total() == 1);
  }
  {
    Worker task(request.ctx, "orders", "task");
    task.note_pid(1);
    const Worker child(request.ctx, "orders", "command");
    CHECK(request.live->workers_total() == 5);
  }
  {
    Worker handler(request.ctx, "orders", "handler");
    const Worker source(request.ctx, "orders", "sqlite");
    CHECK(request.live->workers_total() == 7);
  }
}

TEST_CASE("long names are cut, and never within a character") {
  RequestUnderTest request;
  const std::string name =
      std::string(46, 'x') + "\xC3\xA4\xC3\xB6";  // the 47th byte begins a two-byte character
  const Worker worker(request.ctx, name, "a kind of great length");
  CHECK(request.live->workers()[0].name == std::string(46, 'x'));
  CHECK(request.live->workers()[0].kind == "a kind of great");
}

TEST_CASE("the first hundred workers are remembered, and later ones while they run") {
  RequestUnderTest request;
  for (int i = 1; i <= 150; ++i) const Worker worker(request.ctx, std::to_string(i), "task");
  CHECK(request.live->workers().size() == 100);
  CHECK(request.live->workers(10).size() == 10);
  CHECK(request.live->workers_total() == 150);
  const Worker running(request.ctx, "151", "task");
  const auto listed = request.live->workers();
  REQUIRE(listed.size() == 101);
  for (std::size_t i = 0; i < 100; ++i) CHECK(listed[i].name == std::to_string(i + 1));
  CHECK(listed[100].name == "151");
  CHECK(listed[100].id == 151);
  CHECK(request.live->workers(10).size() == 11);
}

namespace {

/// A worker is called "NN...N" with one digit N; its kind is "NN..N" too, or "task" before it has become
/// that. Those with even digits run in a Context that has stopped.
bool whole(const WorkerView& view) {
  if (view.name.empty()) return false;
  const char digit = view.name[0];
  return view.id >= 1 && view.name == std::string(40, digit) &&
         (view.kind == std::string(12, digit) || view.kind == "task") &&
         view.stopped.has_value() == (view.outcome != Outcome::running) &&
         (!view.stopped || *view.stopped >= view.started) &&
         (!view.told || (digit % 2 == 0 && *view.told >= view.started));
}

}  // namespace

TEST_CASE("readers in a tight loop see whole workers only, while workers come and go and change") {
  const Journal silent;
  LiveTree tree(silent, {});
  const Scope root = Context::root();
  const auto live =
      tree.open({.id = "r", .method = "GET", .path = "/", .route = {}, .framed = Clock::now()}, {});
  const Context ctx = root.with_value(keys::live_request, live);
  const Scope stopped = ctx.with_cancel();
  stopped.cancel();
  std::atomic<bool> over{false};
  std::atomic<int> seen{0};
  std::atomic<int> torn{0};
  {
    std::vector<std::jthread> readers;
    for (int r = 0; r < 2; ++r) {
      readers.emplace_back([&] {
        while (!over) {
          for (const WorkerView& view : live->workers()) {
            ++seen;
            if (!whole(view)) ++torn;
          }
        }
      });
    }
    std::vector<std::jthread> workers;
    for (int w = 0; w < 4; ++w) {
      workers.emplace_back([&, w] {
        for (int i = 0; i < 10'000; ++i) {
          const char digit = static_cast<char>('0' + (w * 3 + i) % 10);
          const Context& where = digit % 2 == 0 ? stopped.context() : ctx;
          Worker task(where, std::string(40, digit), "task");
          Worker source(where, std::string(40, digit), std::string(12, digit));
          checkpoint("working");
        }
      });
    }
    workers.clear();
    over = true;
  }
  CHECK(seen > 0);
  CHECK(torn == 0);
  CHECK(live->workers_total() == 40'000);
  CHECK(live->workers_running() == 0);
  live->close();
}

TEST_CASE("a cancel that comes as workers start and end: whoever was cancelled was told, once") {
  for (int round = 0; round < 500; ++round) {
    RequestUnderTest request;
    std::latch both(2);
    {
      const std::jthread works([&] {
        both.arrive_and_wait();
        for (int i = 0; i < 20; ++i) const Worker worker(request.ctx, "w", "task");
      });
      both.arrive_and_wait();
      request.root.cancel(Reason::client_gone);
    }
    request.live->close();
    for (const WorkerView& worker : request.live->workers()) {
      CHECK(worker.outcome == (worker.told ? Outcome::cancelled : Outcome::finished));
    }
    CHECK(request.listener.of(EventKind::told).size() <= 20);
  }
}
