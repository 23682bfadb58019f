#include "desist/queue.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "desist/latch.hpp"

using namespace desist;

namespace {

/// Cancels what others wait in, again and again, at any moment.
class Disturber {
 public:
  explicit Disturber(std::size_t victims) : victims_(victims) {}
  /// A Context of its own for the next wait of this victim.
  [[nodiscard]] Scope next(std::size_t victim) {
    Scope scope = Context().with_cancel();
    const std::lock_guard lock(mutex_);
    victims_[victim] = scope.canceller();
    return scope;
  }

 private:
  void disturb(const std::stop_token& enough) {
    while (!enough.stop_requested()) {
      for (std::size_t i = 0; i < victims_.size(); ++i) {
        Canceller victim;
        {
          const std::lock_guard lock(mutex_);
          victim = victims_[i];
        }
        victim.cancel(Reason::client_gone);
      }
      std::this_thread::yield();
    }
  }

  std::mutex mutex_;  // guards the elements of `victims_`
  std::vector<Canceller> victims_;
  std::jthread thread_{[this](const std::stop_token& enough) { disturb(enough); }};
};

}  // namespace

TEST_CASE("items come out in the order in which they went in") {
  Queue<int> queue(3);
  std::vector<int> out;
  {
    const std::jthread pushes([&] {
      for (int i = 0; i < 1000; ++i) CHECK(queue.push(Context(), i).has_value());
      queue.close();
    });
    while (const std::optional<int> item = *queue.pop(Context())) out.push_back(*item);
  }
  REQUIRE(out.size() == 1000);
  for (int i = 0; i < 1000; ++i) CHECK(out[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("a push waits for room, and ends when the Context stops; the item is handed back") {
  Queue<std::unique_ptr<int>> queue(1);
  REQUIRE(queue.push(Context(), std::make_unique<int>(1)).has_value());
  const Scope scope = Context().with_cancel();
  Queue<std::unique_ptr<int>>::Push push(queue, std::make_unique<int>(2));
  {
    const std::jthread cancels([&] { scope.cancel(); });
    CHECK_FALSE(wait_any(scope, push).has_value());
  }
  const std::optional<std::unique_ptr<int>> back = push.take_back();
  REQUIRE(back.has_value());
  CHECK(**back == 2);
  CHECK(queue.size() == 1);
  CHECK(***queue.pop(Context()) == 1);
}

TEST_CASE("a closed queue takes nothing more, gives what is inside, and then says that it is drained") {
  Queue<int> queue(2);
  REQUIRE(queue.push(Context(), 1).has_value());
  queue.close();
  queue.close();
  const Result<void> late = queue.push(Context(), 2);
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().code == ErrorCode::failed);
  CHECK(late.error().message == "the queue is closed");
  CHECK(*queue.pop(Context()) == 1);
  CHECK(*queue.pop(Context()) == std::nullopt);
  CHECK(*queue.pop(Context()) == std::nullopt);
}

TEST_CASE("closing wakes those who wait at both ends") {
  Queue<int> empty(1);
  Queue<int> full(1);
  REQUIRE(full.push(Context(), 0).has_value());
  {
    std::vector<std::jthread> waiting;
    for (int i = 0; i < 3; ++i) {
      waiting.emplace_back([&] { CHECK(*empty.pop(Context()) == std::nullopt); });
      waiting.emplace_back([&] { CHECK(full.push(Context(), 1).error().code == ErrorCode::failed); });
    }
    empty.close();
    full.close();
  }
  CHECK(full.size() == 1);
}

TEST_CASE("a queue has room for one item at least") {
  Queue<int> queue(0);
  CHECK(queue.push(Context(), 1).has_value());
}

namespace {

/// Many push, many pop, many give up. Gives how many gave up.
int push_and_pop_disturbed() {
  constexpr std::size_t pushers = 4;
  constexpr std::size_t poppers = 3;
  constexpr std::size_t rounds = 3000;
  Queue<std::size_t> queue(2);
  std::vector<std::atomic<int>> came(pushers * rounds);
  std::vector<std::atomic<int>> went(pushers * rounds);
  std::atomic<int> given_up{0};
  {
    Disturber disturber(poppers + pushers);
    std::vector<std::jthread> popping;
    for (std::size_t p = 0; p < poppers; ++p) {
      popping.emplace_back([&, p] {
        for (;;) {
          const Scope scope = p == 0 ? Context().with_cancel() : disturber.next(p);
          const Result<std::optional<std::size_t>> item = queue.pop(scope);
          if (!item) {
            ++given_up;
            continue;
          }
          if (!*item) return;
          ++came[**item];
        }
      });
    }
    std::vector<std::jthread> pushing;
    for (std::size_t p = 0; p < pushers; ++p) {
      pushing.emplace_back([&, p] {
        for (std::size_t i = 0; i < rounds; ++i) {
          const std::size_t item = p * rounds + i;
          const Scope scope = p == 0 ? Context().with_cancel() : disturber.next(poppers + p);
          if (queue.push(scope, item)) {
            ++went[item];
          } else {
            ++given_up;
          }
        }
      });
    }
    pushing.clear();
    queue.close();
    popping.clear();
  }
  int lost = 0;
  for (std::size_t i = 0; i < came.size(); ++i) lost += came[i] == went[i] ? 0 : 1;
  CHECK(lost == 0);
  return given_up;
}

}  // namespace

TEST_CASE("many push, many pop, many give up: every item that went in comes out once") {
  int given_up = 0;
  for (int round = 0; round < 50 && given_up == 0; ++round) given_up += push_and_pop_disturbed();
  CHECK(given_up > 0);
}

namespace {

/// Three threads select between two queues and a latch, and are disturbed. Gives how often one gave up.
int select_disturbed() {
  constexpr int count = 5000;
  Queue<int> left(1);
  Queue<int> right(3);
  Latch over;
  std::vector<std::atomic<int>> came(2 * count);
  std::atomic<int> given_up{0};
  {
    Disturber disturber(3);
    std::vector<std::jthread> selecting;
    for (std::size_t t = 0; t < 3; ++t) {
      selecting.emplace_back([&, t] {
        Queue<int>::Pop from_left(left);
        Queue<int>::Pop from_right(right);
        Latch::Wait ended(over);
        for (;;) {
          const Scope scope = disturber.next(t);
          const Result<std::size_t> which = wait_any(scope, from_left, from_right, ended);
          if (!which) {
            ++given_up;
            continue;
          }
          if (*which == 2) return;
          const std::optional<int> item = *which == 0 ? from_left.take() : from_right.take();
          ++came[static_cast<std::size_t>(*item)];
        }
      });
    }
    {
      const std::jthread pushes_left([&] {
        for (int i = 0; i < count; ++i) REQUIRE(left.push(Context(), i).has_value());
      });
      const std::jthread pushes_right([&] {
        for (int i = 0; i < count; ++i) REQUIRE(right.push(Context(), count + i).has_value());
      });
    }
    over.count_down();
    selecting.clear();
  }
  while (left.size() > 0) ++came[static_cast<std::size_t>(**left.pop(Context()))];
  while (right.size() > 0) ++came[static_cast<std::size_t>(**right.pop(Context()))];
  int wrong = 0;
  for (const std::atomic<int>& times : came) wrong += times == 1 ? 0 : 1;
  CHECK(wrong == 0);
  return given_up;
}

}  // namespace

TEST_CASE("threads that select between two queues and a latch lose nothing and take nothing twice") {
  int given_up = 0;
  for (int round = 0; round < 50 && given_up == 0; ++round) given_up += select_disturbed();
  CHECK(given_up > 0);
}

TEST_CASE("one thread that selects between pushing and popping passes items through itself") {
  constexpr int count = 3000;
  Queue<int> in(2);
  Queue<int> out(2);
  std::vector<int> arrived;
  {
    const std::jthread source([&] {
      for (int i = 0; i < count; ++i) REQUIRE(in.push(Context(), i).has_value());
      in.close();
    });
    const std::jthread passes([&] {
      Queue<int>::Pop pop(in);
      while (true) {
        REQUIRE(wait_any(Context(), pop) == 0U);
        const std::optional<int> item = pop.take();
        if (!item) break;
        Queue<int>::Push push(out, *item);
        REQUIRE(wait_any(Context(), push) == 0U);
        REQUIRE(push.result().has_value());
      }
      out.close();
    });
    while (const std::optional<int> item = *out.pop(Context())) arrived.push_back(*item);
  }
  CHECK(arrived.size() == count);
}
