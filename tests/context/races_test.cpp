#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"

using namespace desist;

// Each case repeats one moment thousands of times. Two threads begin together, and everything that could go
// wrong in between is checked by value; the sanitizer builds check the rest.

namespace {

constexpr int rounds = 3000;

/// A thread that does `step` once a round, at the same moment as the thread that owns it. It waits by
/// spinning: a thread that has to be woken comes too late, or on the core of the one that woke it.
class Opponent {
 public:
  explicit Opponent(std::function<void()> step)
      : thread_([this, step = std::move(step)](const std::stop_token& ended) {
          while (spin_until([&] { return turn_ == Turn::opponent || ended.stop_requested(); }),
                 !ended.stop_requested()) {
            step();
            turn_ = Turn::owner;
          }
        }) {}

  /// Both begin when this returns.
  void begin() { turn_ = Turn::opponent; }
  /// Returns when both have finished.
  void finish() {
    spin_until([this] { return turn_ == Turn::owner; });
  }

 private:
  enum class Turn : std::uint8_t { owner, opponent };

  template <class Condition>
  static void spin_until(Condition condition) {
    for (int spins = 1; !condition(); ++spins) {
      if (spins % 1000 == 0) std::this_thread::yield();
    }
  }

  std::atomic<Turn> turn_{Turn::owner};
  std::jthread thread_;
};

/// A small tree with all shapes in it: a chain, and siblings on each level.
struct Tree {
  Tree() {
    scopes.push_back(Context::root());
    for (int level = 0; level < 5; ++level) {
      const Context parent = scopes.back();
      for (int i = 0; i < 4; ++i) scopes.push_back(parent.with_cancel());
    }
  }
  [[nodiscard]] bool all_stopped_by(const std::optional<Cause>& cause) const {
    for (const Scope& scope : scopes) {
      if (!scope.stop_requested() || scope.cause() != cause) return false;
    }
    return true;
  }
  std::vector<Scope> scopes;
};

}  // namespace

TEST_CASE("of racing cancels one wins, and each returns with the whole subtree marked by the winner") {
  std::optional<Tree> tree;
  bool opponent_won = false;
  bool opponent_saw_all = false;
  Opponent opponent([&] {
    opponent_won = tree->scopes.front().cancel(Reason::client_gone, "reset");
    opponent_saw_all = tree->all_stopped_by(tree->scopes.front().cause());
  });
  int wins = 0;
  int clean = 0;
  for (int round = 0; round < rounds; ++round) {
    tree.emplace();
    opponent.begin();
    const bool won = tree->scopes.front().cancel(Reason::shutting_down, "grace period over");
    const bool saw_all = tree->all_stopped_by(tree->scopes.front().cause());
    opponent.finish();
    wins += static_cast<int>(won) + static_cast<int>(opponent_won);
    const Cause expected =
        won ? Cause{Reason::shutting_down, "grace period over"} : Cause{Reason::client_gone, "reset"};
    clean += static_cast<int>(saw_all && opponent_saw_all && tree->all_stopped_by(expected));
  }
  CHECK(wins == rounds);
  CHECK(clean == rounds);
}

TEST_CASE("a second caller that races below the first one sees its own subtree marked") {
  std::optional<Tree> tree;
  Opponent opponent([&] { tree->scopes.front().cancel(Reason::client_gone); });
  int clean = 0;
  for (int round = 0; round < rounds; ++round) {
    tree.emplace();
    const Scope& middle = tree->scopes[4];  // the parent of the second level
    opponent.begin();
    middle.cancel(Reason::lost_race);
    const std::optional<Cause> cause = middle.cause();
    bool marked = true;
    for (std::size_t i = 5; i < tree->scopes.size(); ++i) marked = marked && tree->scopes[i].cause() == cause;
    opponent.finish();
    clean += static_cast<int>(marked && tree->scopes.front().cause()->reason == Reason::client_gone);
  }
  CHECK(clean == rounds);
}

TEST_CASE("a second caller that comes in the middle of the marking returns when all is marked") {
  std::optional<Scope> root;
  Opponent opponent([&] { root->cancel(Reason::client_gone); });
  int in_the_middle = 0;
  int unmarked = 0;
  const TimePoint patience = Clock::now() + std::chrono::seconds(5);
  while (in_the_middle < 5 && Clock::now() < patience) {
    root = Context::root();
    std::vector<Scope>
        children;  // so many that marking them takes longer than it takes to see the first mark
    for (int i = 0; i < 10000; ++i) children.push_back(root->context().with_cancel());
    opponent.begin();
    while (!root->stop_requested()) {
    }
    in_the_middle += static_cast<int>(!children.front().stop_requested());
    root->cancel(Reason::lost_race);
    for (const Scope& child : children) unmarked += static_cast<int>(!child.stop_requested());
    opponent.finish();
  }
  CHECK(unmarked == 0);
}

TEST_CASE("no child that is derived while its parent is cancelled escapes") {
  std::optional<Scope> root;
  std::vector<Scope> derived;
  Opponent opponent([&] {
    derived.clear();
    for (int i = 0; i < 20; ++i) {
      derived.push_back(root->context().with_cancel());
      derived.push_back(derived.back().with_timeout(std::chrono::hours(1)));
    }
  });
  int escaped = 0;
  for (int round = 0; round < rounds; ++round) {
    root = Context::root();
    opponent.begin();
    root->cancel(Reason::client_gone);
    opponent.finish();
    for (const Scope& scope : derived) {
      escaped += static_cast<int>(!scope.stop_requested() || scope.cause()->reason != Reason::client_gone);
    }
  }
  CHECK(escaped == 0);
}

TEST_CASE("children that end while their parent is cancelled harm nobody") {
  std::optional<Scope> root;
  std::vector<Scope> children;
  Opponent opponent([&] { children.clear(); });
  for (int round = 0; round < rounds; ++round) {
    root = Context::root();
    const Scope kept = root->context().with_cancel();
    for (int i = 0; i < 10; ++i) {
      children.push_back(root->context().with_cancel());
      children.push_back(children.back().with_timeout(std::chrono::hours(1)));
    }
    const std::stop_token token = children.back();
    opponent.begin();
    root->cancel();
    opponent.finish();
    REQUIRE(kept.stop_requested());
    REQUIRE(token.stop_requested());
  }
}

TEST_CASE("a hook that is made while its Context is cancelled runs exactly once") {
  std::optional<Scope> root;
  Opponent opponent([&] { root->cancel(); });
  int wrong = 0;
  for (int round = 0; round < rounds; ++round) {
    root = Context::root();
    const Scope child = root->context().with_cancel();
    std::atomic<int> runs{0};
    opponent.begin();
    const auto hook = on_stop(child, [&]() noexcept { ++runs; });
    opponent.finish();
    wrong += static_cast<int>(runs != 1);
  }
  CHECK(wrong == 0);
}

TEST_CASE("a hook that is destroyed while its Context is cancelled runs once or never, and not afterwards") {
  std::optional<Scope> root;
  Opponent opponent([&] { root->cancel(); });
  int wrong = 0;
  for (int round = 0; round < rounds; ++round) {
    root = Context::root();
    const Scope child = root->context().with_cancel();
    auto runs = std::make_unique<int>(0);  // freed below: a late run is an error for the sanitizers
    std::optional<StopHook<std::function<void()>>> hook(std::in_place, child, [&] { ++*runs; });
    opponent.begin();
    hook.reset();
    wrong += static_cast<int>(*runs > 1);
    runs.reset();
    opponent.finish();
  }
  CHECK(wrong == 0);
}

TEST_CASE("a token that is taken while its Context is cancelled stops") {
  std::optional<Scope> root;
  Opponent opponent([&] { root->cancel(); });
  int missed = 0;
  for (int round = 0; round < rounds; ++round) {
    root = Context::root();
    const Scope child = root->context().with_cancel();
    opponent.begin();
    const std::stop_token token = child;
    opponent.finish();
    missed += static_cast<int>(!token.stop_requested());
  }
  CHECK(missed == 0);
}

TEST_CASE("a root that ends while its source is stopped from elsewhere ends cleanly") {
  std::stop_source source;
  Opponent opponent([&] { source.request_stop(); });
  for (int round = 0; round < rounds; ++round) {
    std::optional<Scope> root = Context::root();
    const Context handle = *root;
    source = root->stop_source();
    opponent.begin();
    root.reset();
    REQUIRE(handle.stop_requested());
    opponent.finish();
  }
}

TEST_CASE("a Scope that ends while the token that it adopted is stopped ends cleanly") {
  std::stop_source foreign;
  Opponent opponent([&] { foreign.request_stop(); });
  for (int round = 0; round < rounds; ++round) {
    foreign = std::stop_source();
    std::optional<Scope> adopted = Context::adopt(foreign.get_token());
    opponent.begin();
    adopted.reset();  // the last handle
    opponent.finish();
  }
  CHECK(foreign.stop_requested());
}

TEST_CASE("a deadline that passes while its Scope is cancelled or ends gives one cause and leaves nothing") {
  std::optional<Scope> scope;
  Opponent opponent([&] { scope->cancel(Reason::client_gone); });
  for (int round = 0; round < rounds / 10; ++round) {
    const TimePoint deadline = Clock::now() + std::chrono::microseconds(300);
    scope = Context().with_deadline(deadline);
    const Context handle = *scope;
    while (Clock::now() < deadline) std::this_thread::yield();
    opponent.begin();
    const bool won = scope->cancel(Reason::lost_race);
    opponent.finish();
    REQUIRE(handle.cause().has_value());
    if (won) REQUIRE(handle.cause()->reason == Reason::lost_race);
    scope.reset();
  }
}
