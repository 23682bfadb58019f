#include "desist/live_tree.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "desist/worker.hpp"

#include "support/census.hpp"
#include "support/eventually.hpp"
#include "work/request_under_test.hpp"

using namespace desist;
using namespace std::chrono_literals;
using desist::test::Baseline;
using desist::test::eventually;
using desist::test::Listener;
using desist::test::RequestUnderTest;

namespace {

RequestInfo info(std::string id) {
  return {.id = std::move(id), .method = "GET", .path = "/", .route = std::nullopt, .framed = Clock::now()};
}

}  // namespace

TEST_CASE("a request in flight is listed from its opening until it is closed") {
  RequestUnderTest request;
  REQUIRE(request.tree.requests().size() == 1);
  CHECK(request.tree.requests()[0] == request.live);
  CHECK(request.live->info().id == "r1");
  CHECK(request.live->status() == 0);
  request.live->mark_answered(200);
  CHECK(request.tree.in_flight() == 1);  // answered is not closed
  request.live->close();
  CHECK(request.tree.in_flight() == 0);
  CHECK(request.tree.requests().empty());
  CHECK(request.live->status() == 200);
  CHECK(request.listener.kinds() == "opened answered closed");
  CHECK(request.listener.of(EventKind::closed)[0].status == 200);
}

TEST_CASE("only the first answer and the first cause of a request count") {
  RequestUnderTest request;
  request.live->mark_told({Reason::client_gone, "FIN"});
  request.live->mark_told({Reason::shutting_down, ""});
  request.live->mark_answered(504);
  request.live->mark_answered(200);
  CHECK(request.live->cause() == Cause{Reason::client_gone, "FIN"});
  CHECK(request.live->told().has_value());
  CHECK(request.live->status() == 504);
  request.live->close();
  request.live->close();
  CHECK(request.listener.kinds() == "opened told answered closed");
}

TEST_CASE("requests are listed oldest first, whichever ended in between") {
  const Journal journal;
  LiveTree tree(journal, {});
  std::vector<std::shared_ptr<LiveRequest>> open;
  for (int i = 0; i < 100; ++i) open.push_back(tree.open(info(std::to_string(i)), {}));
  for (int i = 0; i < 100; i += 3) open[static_cast<std::size_t>(i)]->close();
  int previous = -1;
  const auto listed = tree.requests();
  CHECK(listed.size() == 66);
  for (const auto& request : listed) {
    const int id = std::stoi(request->info().id);
    CHECK(id > previous);
    CHECK(id % 3 != 0);
    previous = id;
  }
  for (const auto& request : listed) request->close();
  CHECK(tree.in_flight() == 0);
}

TEST_CASE("cancelling by id reaches every request of that id and no other") {
  const Journal journal;
  LiveTree tree(journal, {});
  const Scope first = Context::root();
  const Scope second = Context::root();
  const Scope other = Context::root();
  const auto a = tree.open(info("same"), first.canceller());
  const auto b = tree.open(info("same"), second.canceller());
  const auto c = tree.open(info("other"), other.canceller());
  CHECK(tree.cancel("same", Reason::operator_cancelled, "by hand") == 2);
  CHECK(first.cause() == Cause{Reason::operator_cancelled, "by hand"});
  CHECK(second.stop_requested());
  CHECK_FALSE(other.stop_requested());
  CHECK(tree.cancel("same", Reason::operator_cancelled) == 0);
  CHECK(tree.cancel("none", Reason::operator_cancelled) == 0);
  for (const auto& request : {a, b, c}) request->close();
}

TEST_CASE("cancelling all is for ever: a request opened later is cancelled at once, with the first cause") {
  const Journal journal;
  LiveTree tree(journal, {});
  const Scope before = Context::root();
  const Scope after = Context::root();
  const auto a = tree.open(info("a"), before.canceller());
  tree.cancel_all(Reason::shutting_down, "grace is over");
  tree.cancel_all(Reason::cancelled);
  CHECK(before.cause() == Cause{Reason::shutting_down, "grace is over"});
  const auto b = tree.open(info("b"), after.canceller());
  CHECK(after.cause() == Cause{Reason::shutting_down, "grace is over"});
  a->close();
  b->close();
}

TEST_CASE("a request that opens while all are cancelled is cancelled too") {
  for (int round = 0; round < 2000; ++round) {
    const Journal journal;
    LiveTree tree(journal, {});
    const Scope scope = Context::root();
    std::latch both(2);
    std::shared_ptr<LiveRequest> request;
    {
      const std::jthread opens([&] {
        both.arrive_and_wait();
        request = tree.open(info("x"), scope.canceller());
      });
      both.arrive_and_wait();
      tree.cancel_all(Reason::shutting_down);
    }
    REQUIRE(scope.stop_requested());
    request->close();
  }
}

TEST_CASE("waiting for the tree to be empty ends with the last request, or at the deadline") {
  const Journal journal;
  LiveTree tree(journal, {});
  CHECK(tree.wait_empty(Clock::now()));
  const auto request = tree.open(info("a"), {});
  CHECK_FALSE(tree.wait_empty(Clock::now() + 5ms));
  std::jthread closes([&] { request->close(); });
  CHECK(tree.wait_empty(Clock::now() + 10s));
}

TEST_CASE("waiting for the tree to be empty can be given up from another thread") {
  const Journal journal;
  LiveTree tree(journal, {});
  const auto request = tree.open(info("a"), {});
  std::stop_source give_up;
  std::jthread gives_up([&] { give_up.request_stop(); });
  CHECK_FALSE(tree.wait_empty(TimePoint::max(), give_up.get_token()));
  CHECK_FALSE(tree.wait_empty(TimePoint::max(), give_up.get_token()));  // also where it has tripped before
  request->close();
}

TEST_CASE("the watcher who saw the last request go may destroy the tree and the journal at once") {
  for (int round = 0; round < 3000; ++round) {
    auto journal = std::make_unique<Journal>();
    int closed = 0;
    journal->subscribe([&](const Event& event) { closed += event.kind == EventKind::closed ? 1 : 0; });
    auto tree = std::make_unique<LiveTree>(*journal, LiveTree::Options{});
    auto request = tree->open(info("a"), {});
    std::jthread closes([request = std::move(request)] { request->close(); });
    REQUIRE(tree->wait_empty(Clock::now() + 10s));
    tree.reset();
    journal.reset();
    CHECK(closed == 1);
  }
}

TEST_CASE("a worker that is told and does not stop is reported overdue, once, with its cause") {
  const Baseline baseline;
  {
    RequestUnderTest request(20ms);
    {
      Worker stubborn(request.ctx, "stubborn", "task");
      request.root.cancel(Reason::client_gone, "FIN");
      CHECK(eventually([&] { return !request.listener.of(EventKind::overdue).empty(); }));
      CHECK(request.live->workers()[0].overdue);
    }
    request.live->close();
    const auto overdue = request.listener.of(EventKind::overdue);
    REQUIRE(overdue.size() == 1);
    CHECK(overdue[0].worker == "stubborn");
    CHECK(overdue[0].cause->reason == Reason::client_gone);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a worker that stops in time is never overdue") {
  constexpr Duration overdue_after = 100ms;
  RequestUnderTest request(overdue_after);
  {
    Worker quick(request.ctx, "quick", "task");
    request.root.cancel(Reason::client_gone);
  }
  Worker other(request.ctx, "other", "task");  // told at its start, and stays
  CHECK(eventually([&] { return request.live->workers()[1].overdue; }));
  const WorkerView quick = request.live->workers()[0];
  if (*quick.stopped - *quick.told < overdue_after)
    CHECK_FALSE(quick.overdue);  // unless the machine stood still
}

TEST_CASE("workers told at different times become overdue each at its own") {
  RequestUnderTest request(30ms);
  const Scope first_scope = request.ctx.with_cancel();
  const Scope second_scope = request.ctx.with_cancel();
  Worker first(first_scope, "first", "task");
  Worker second(second_scope, "second", "task");
  first_scope.cancel(Reason::sibling_failed, "the third");  // the request itself is not cancelled
  CHECK(eventually([&] { return request.listener.of(EventKind::overdue).size() == 1; }));
  CHECK_FALSE(request.live->told().has_value());
  second_scope.cancel(Reason::sibling_failed);
  CHECK(eventually([&] { return request.listener.of(EventKind::overdue).size() == 2; }));
  const auto overdue = request.listener.of(EventKind::overdue);
  CHECK(overdue[0].worker == "first");
  CHECK(overdue[1].worker == "second");
  CHECK(overdue[1].cause->reason == Reason::sibling_failed);
  for (const WorkerView& worker : request.live->workers()) {
    REQUIRE(worker.told.has_value());
    CHECK(worker.overdue);
  }
}

TEST_CASE("a worker told while another one's report is pending gets its own") {
  RequestUnderTest request(60ms);
  const Scope first_scope = request.ctx.with_cancel();
  const Scope second_scope = request.ctx.with_cancel();
  Worker first(first_scope, "first", "task");
  Worker second(second_scope, "second", "task");
  first_scope.cancel();
  const TimePoint told = *request.live->workers()[0].told;
  REQUIRE(eventually([&] { return Clock::now() > told + 20ms; }));
  second_scope.cancel();
  CHECK(eventually([&] { return request.listener.of(EventKind::overdue).size() == 2; }));
}

TEST_CASE("a journal takes no subscriber without a function") {
  Journal journal;
  CHECK_THROWS_AS(journal.subscribe({}), std::invalid_argument);
}

TEST_CASE("a worker that stops while it is being reported is heard to stop after the report") {
  Journal journal;
  std::latch reporting(1);
  std::atomic<bool> ending{false};
  journal.subscribe([&](const Event& event) {
    if (event.kind != EventKind::overdue) return;
    reporting.count_down();
    while (!ending) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i)
      std::this_thread::yield();  // time for the worker to end, if it did not wait
  });
  const Listener listener(journal);
  LiveTree tree(journal, {.overdue_after = 1ms});
  const Scope root = Context::root();
  const auto live = tree.open(info("r"), {});
  {
    Worker worker(root.with_value(keys::live_request, live), "w", "task");
    root.cancel();
    reporting.wait();
    ending = true;
  }
  live->close();
  CHECK(listener.kinds() == "opened spawned told overdue stopped closed");
}

TEST_CASE("a worker under a shield is overdue when it runs on long after its request was told") {
  RequestUnderTest request(20ms);
  const Scope shield = request.ctx.shield(10s);
  Worker before(shield, "before", "task");
  request.root.cancel(Reason::client_gone);
  request.live->mark_told({Reason::client_gone, "RST"});
  request.live->watch_overdue();
  Worker after(shield, "after", "task");
  CHECK(eventually([&] { return request.listener.of(EventKind::overdue).size() == 2; }));
  CHECK(request.listener.of(EventKind::overdue)[0].cause == Cause{Reason::client_gone, "RST"});
  CHECK_FALSE(request.live->workers()[0].told.has_value());
}

TEST_CASE("a worker that stops at the moment of its report is never reported after it stopped") {
  for (int round = 0; round < 300; ++round) {
    RequestUnderTest request(1ms);
    {
      Worker worker(request.ctx, "w", "task");
      const TimePoint end = Clock::now() + 1ms + std::chrono::microseconds(round);
      request.root.cancel(Reason::client_gone);
      while (Clock::now() < end) std::this_thread::yield();
    }
    request.live->close();
    const std::string kinds = request.listener.kinds();
    CAPTURE(kinds);
    CHECK((kinds == "opened spawned told overdue stopped closed" ||
           kinds == "opened spawned told stopped closed"));
  }
}
