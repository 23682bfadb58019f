#include "front/crew.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/eventfd.h>

#include "support/eventually.hpp"

using namespace desist;
using namespace desist::front;
using desist::test::eventually;

namespace {

/// Makes an event for whoever waits.
void make_event(Poller& poller, Descriptor& source, std::uint64_t id) {
  source = Descriptor(eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  REQUIRE(poller.add_connection(source.get(), id));
}

}  // namespace

TEST_CASE("threads that leave the waiting ones at the same moment are not replaced twice") {
  Pool pool;
  for (int round = 0; round < 500; ++round) {
    Poller poller;
    std::atomic<int> serving{0};
    std::atomic<bool> replaced_both{true};
    Crew crew(pool, poller, 1, [&](Poller::Event event) {
      if (event.id == Poller::first_connection && !crew.keep_one_waiting()) replaced_both = false;
      ++serving;
      while (serving < 2) {
      }
      if (!crew.keep_one_waiting()) replaced_both = false;
    });
    Descriptor first, second;
    crew.start();
    make_event(poller, first, Poller::first_connection);
    make_event(poller, second, Poller::first_connection + 1);
    REQUIRE(eventually([&] { return serving == 2; }));
    REQUIRE(eventually([&] { return pool.running() == 1; }));
    crew.stop();
    CHECK(replaced_both);
  }
}

TEST_CASE("who blocks where he hardly ever does is relieved, again and again") {
  Pool pool;
  Poller poller;
  std::atomic<std::size_t> blocked{0};
  std::atomic<bool> open{false};
  Crew crew(pool, poller, 4, [&](Poller::Event) {
    const Crew::Guard guard(crew);
    ++blocked;
    open.wait(false);
  });
  crew.start();
  std::vector<Descriptor> sources(20);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    make_event(poller, sources[i], Poller::first_connection + i);
    REQUIRE(eventually([&] { return blocked == i + 1; }));
  }
  open = true;
  open.notify_all();
  CHECK(eventually([&] { return pool.running() == 1; }));
}

TEST_CASE("of the threads that wait one stays while nothing happens") {
  Pool pool;
  Poller poller;
  std::atomic<std::size_t> served{0};
  std::atomic<std::size_t> round_ends{0};
  Crew crew(pool, poller, 4, [&](Poller::Event) {
    CHECK(crew.keep_one_waiting());
    ++served;
    while (served < round_ends) std::this_thread::yield();
  });
  crew.start();
  CHECK(eventually([&] { return pool.running() == 1; }));
  for (int round = 0; round < 3; ++round) {
    round_ends += 4;
    std::vector<Descriptor> sources(4);
    for (std::size_t i = 0; i < sources.size(); ++i)
      make_event(poller, sources[i], Poller::first_connection + i);
    REQUIRE(eventually([&] { return served == round_ends; }));
    CHECK(eventually([&] { return pool.running() == 1; }));
  }
}
