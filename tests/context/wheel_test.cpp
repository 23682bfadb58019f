#include "context/wheel.hpp"

#include <limits>
#include <random>
#include <set>
#include <vector>

#include <doctest/doctest.h>

using desist::detail::TimerEntry;
using desist::detail::Wheel;

namespace {

constexpr std::size_t plenty = std::numeric_limits<std::size_t>::max();

struct Entry final : TimerEntry {
  void pin() noexcept override {}
  void fire() noexcept override {}
  Wheel::Tick tick = 0;
  bool armed = false;
};

/// The wheel beside the plainest thing that does the same.
struct Model {
  void arm(Entry& entry, Wheel::Tick tick) {
    wheel.insert(entry, tick);
    entry.tick = tick;
    entry.armed = true;
    expected.insert({tick, &entry});
  }
  void disarm(Entry& entry) {
    REQUIRE(wheel.remove(entry) == entry.armed);
    if (entry.armed) expected.erase({entry.tick, &entry});
    entry.armed = false;
  }
  /// Takes all that is due at `now`; each must be expected, and none may be missed.
  void pass(Wheel::Tick now, std::size_t budget) {
    for (;;) {
      while (!wheel.advance(now, budget)) {
      }
      auto* const entry = static_cast<Entry*>(wheel.take_due());
      if (entry == nullptr) break;
      REQUIRE(entry->tick <= now);
      REQUIRE(expected.erase({entry->tick, entry}) == 1);
      entry->armed = false;
    }
    if (!expected.empty()) REQUIRE(expected.begin()->first > now);
    REQUIRE(wheel.size() == expected.size());
    REQUIRE(wheel.next().has_value() == !expected.empty());
    if (!expected.empty()) {
      REQUIRE(*wheel.next() > now);
      REQUIRE(*wheel.next() <= expected.begin()->first);
    }
  }
  Wheel wheel;
  std::set<std::pair<Wheel::Tick, Entry*>> expected;
};

}  // namespace

TEST_CASE("the wheel gives out every entry at its tick, whatever is armed, moved and disarmed in between") {
  std::mt19937_64 random(11);  // NOLINT(cert-msc51-cpp): the same every time
  std::vector<Entry> entries(200);
  for (const int magnitude : {4, 8, 14, 20, 40}) {
    Model model;
    Wheel::Tick now = 1000;
    for (int step = 0; step < 4000; ++step) {
      for (int i = 0; i < 3; ++i) {
        Entry& entry = entries[random() % entries.size()];
        model.disarm(entry);
        if (random() % 3 != 0) model.arm(entry, now - 2 + (random() >> (64 - magnitude)));
      }
      now += random() >> (64 - (random() % static_cast<unsigned>(magnitude) + 1));
      model.pass(now, random() % 2 == 0 ? plenty : 3);
    }
    for (Entry& entry : entries) model.disarm(entry);
    CHECK(model.wheel.size() == 0);
    CHECK(!model.wheel.next());
  }
}

TEST_CASE("waking only when the wheel asks for it misses nothing and is never late") {
  std::vector<Entry> entries(64);
  Model model;
  std::mt19937_64 random(5);  // NOLINT(cert-msc51-cpp): the same every time
  for (Entry& entry : entries) model.arm(entry, 1 + random() % (Wheel::Tick{1} << 30U));
  int wakes = 0;
  while (const auto next = model.wheel.next()) {
    if (!model.expected.empty()) REQUIRE(*next <= model.expected.begin()->first);
    model.pass(*next, plenty);
    ++wakes;
  }
  CHECK(wakes <= 64 * 6);
}

TEST_CASE("an entry may be disarmed once it is due, and while its slot is being moved down") {
  std::vector<Entry> entries(10);
  Wheel wheel;
  for (Entry& entry : entries) wheel.insert(entry, 100);
  CHECK_FALSE(wheel.advance(100, 4));  // out of budget in the middle of the slot
  CHECK(wheel.remove(entries[0]));
  CHECK(wheel.remove(entries[9]));
  while (!wheel.advance(100, 4)) {
  }
  CHECK(wheel.has_due());
  CHECK(wheel.remove(entries[5]));
  CHECK_FALSE(wheel.remove(entries[5]));
  std::size_t due = 0;
  for (;;) {
    while (!wheel.advance(100, 4)) {
    }
    if (wheel.take_due() == nullptr) break;
    ++due;
  }
  CHECK(due == 7);
  CHECK(wheel.size() == 0);
}
