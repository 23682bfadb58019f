#include "front/crew.hpp"

#include <atomic>

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
