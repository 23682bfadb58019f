#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"

#include "support/eventually.hpp"

using namespace desist;
using desist::test::eventually;

namespace {

using AnyHook = StopHook<std::function<void()>>;

/// What the standard's generic code does with a token, in a few lines: it knows only the shape.
template <class Token>
int runs_of_generic_callback(const Token& token, const std::function<void()>& stop) {
  int runs = 0;
  auto count = [&runs]() noexcept { ++runs; };
  const typename Token::template callback_type<decltype(count)> callback(token, count);
  if (!token.stop_possible() || token.stop_requested()) return runs;
  stop();
  return runs;
}

}  // namespace

TEST_CASE("a hook runs on the cancelling thread, before cancel returns, when all is marked") {
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  std::thread::id ran_on;
  bool all_marked = false;
  const auto hook = on_stop(root, [&]() noexcept {
    ran_on = std::this_thread::get_id();
    all_marked = root.stop_requested() && child.stop_requested() && child.cause().has_value();
  });
  std::thread::id cancelled_on;
  std::jthread([&] {
    cancelled_on = std::this_thread::get_id();
    root.cancel();
    CHECK(ran_on == cancelled_on);
  }).join();
  CHECK(all_marked);
}

TEST_CASE("a hook on a stopped Context runs at once, and never on the background") {
  const Scope root = Context::root();
  root.cancel();
  int runs = 0;
  {
    const auto hook = on_stop(root, [&]() noexcept { ++runs; });
    CHECK(runs == 1);
  }
  CHECK(runs == 1);
  {
    const auto hook = on_stop(Context(), [&]() noexcept { ++runs; });
  }
  CHECK(runs == 1);
}

TEST_CASE("a hook that is gone before the cancel does not run") {
  const Scope root = Context::root();
  int runs = 0;
  {
    const auto first = on_stop(root, [&]() noexcept { runs += 100; });
    auto second = std::make_unique<AnyHook>(root, [&] { runs += 100; });
    const auto third = std::make_unique<AnyHook>(root, [&] { runs += 100; });
    second.reset();
  }
  const auto stays = on_stop(root, [&]() noexcept { ++runs; });
  root.cancel();
  CHECK(runs == 1);
  root.cancel();
  CHECK(runs == 1);
}

TEST_CASE("hooks run level by level from the cancelled Context down") {
  const Scope root = Context::root();
  const Scope left = root.with_cancel();
  const Scope right = root.with_cancel();
  const Scope below_left = left.with_cancel();
  const Scope below_right = right.with_cancel();
  std::vector<int> levels;
  const auto at = [&](int level) { return [&levels, level]() noexcept { levels.push_back(level); }; };
  const auto h1 = on_stop(below_left, at(2));
  const auto h2 = on_stop(right, at(1));
  const auto h3 = on_stop(root, at(0));
  const auto h4 = on_stop(left, at(1));
  const auto h5 = on_stop(root, at(0));
  const auto h6 = on_stop(below_right, at(2));
  root.cancel();
  CHECK(levels == std::vector<int>{0, 0, 1, 1, 2, 2});
}

TEST_CASE("a hook may use the tree that is being cancelled: no lock is held") {
  const Scope root = Context::root();
  const Scope other = root.with_cancel();
  const Scope branch = root.with_cancel();
  int nested_runs = 0;
  const auto nested = on_stop(other, [&]() noexcept { ++nested_runs; });
  bool born_stopped = false;
  const auto hook = on_stop(branch, [&] {
    const Scope sibling = root.with_cancel();
    const Scope child = branch.with_cancel();
    born_stopped = child.stop_requested() && !sibling.stop_requested();
    const auto at_once = on_stop(child, [&]() noexcept { ++nested_runs; });
    other.cancel(Reason::sibling_failed);
    branch.cancel(Reason::client_gone);
    root.cancel(Reason::sibling_failed);
  });
  branch.cancel(Reason::lost_race);
  CHECK(born_stopped);
  CHECK(nested_runs == 2);
  CHECK(root.cause()->reason == Reason::sibling_failed);
  CHECK(branch.cause()->reason == Reason::lost_race);
}

TEST_CASE("a hook's destructor waits for its run on another thread") {
  const Scope root = Context::root();
  std::binary_semaphore entered(0);
  std::binary_semaphore let_go(0);
  std::atomic<bool> returning{false};
  std::atomic<bool> destroyed{false};
  auto hook = std::make_unique<AnyHook>(root, [&] {
    entered.release();
    let_go.acquire();
    returning = true;
  });
  std::jthread canceller([&] { root.cancel(); });
  entered.acquire();
  bool returned_first = false;
  std::jthread destroyer([&] {
    hook.reset();
    returned_first = returning;
    destroyed = true;
  });
  CHECK_FALSE(eventually([&] { return destroyed.load(); }, std::chrono::milliseconds(50)));
  let_go.release();
  destroyer.join();
  CHECK(returned_first);
}

TEST_CASE("a hook may destroy itself while it runs") {
  const Scope root = Context::root();
  int runs = 0;
  std::unique_ptr<AnyHook> hook;
  hook = std::make_unique<AnyHook>(root, [&] {
    ++runs;
    hook.reset();
  });
  const auto after = on_stop(root, [&]() noexcept { ++runs; });
  root.cancel();
  CHECK(!hook);
  CHECK(runs == 2);
}

TEST_CASE("a hook that another hook destroys never runs") {
  const Scope root = Context::root();
  int runs = 0;
  std::array<std::unique_ptr<AnyHook>, 3> hooks;
  for (std::size_t i = 0; i < hooks.size(); ++i) {
    hooks[i] = std::make_unique<AnyHook>(root, [&, i] {
      ++runs;
      for (std::size_t other = 0; other < hooks.size(); ++other) {
        if (other != i) hooks[other].reset();
      }
    });
  }
  root.cancel();
  CHECK(runs == 1);
}

TEST_CASE("a hook may end the Scope that runs it, and the whole tree") {
  std::optional<Scope> root = Context::root();
  std::optional<Scope> child = root->context().with_cancel();
  int runs = 0;
  const auto one = on_stop(*child, [&] {
    ++runs;
    child.reset();
    root.reset();
  });
  const auto two = on_stop(*child, [&]() noexcept { ++runs; });
  root->cancel();
  CHECK(!root);
  CHECK(runs == 2);
}

TEST_CASE("a hook may end the root through whose source the stop came") {
  std::optional<Scope> root = Context::root();
  std::stop_source source = root->stop_source();
  const Context handle = *root;
  const auto hook = on_stop(handle, [&] { root.reset(); });
  source.request_stop();
  CHECK(!root);
  CHECK(handle.stop_requested());
}

TEST_CASE("a plain stop callback on a Context runs once, also through a derived one") {
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  int runs = 0;
  const std::stop_callback on_root(root, [&] { ++runs; });
  const std::stop_callback on_child(child.context(), [&] { runs += 10; });
  root.cancel();
  CHECK(runs == 11);
}

TEST_CASE("who is woken by a hook finds the tokens of the whole tree stopped") {
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  const std::stop_token of_root = root.context().token();
  const std::stop_token of_child = child.context().token();
  bool stopped = false;
  const auto hook =
      on_stop(root, [&]() noexcept { stopped = of_root.stop_requested() && of_child.stop_requested(); });
  root.cancel();
  CHECK(stopped);
}

TEST_CASE("a condition variable that waits with a Context wakes when it stops") {
  const Scope root = Context::root();
  const Scope child = root.with_cancel();
  std::mutex mutex;
  std::condition_variable_any changed;
  std::atomic<bool> waiting{false};
  bool held = true;
  std::jthread waiter([&] {
    std::unique_lock lock(mutex);
    waiting = true;
    held = changed.wait(lock, child.context(), [] { return false; });
  });
  CHECK(eventually([&] { return waiting.load(); }));
  root.cancel();
  waiter.join();
  CHECK(!held);
}

TEST_CASE("generic code for stoppable tokens takes a Context as it is") {
  const Scope root = Context::root();
  CHECK(runs_of_generic_callback(root.context(), [&] { root.cancel(); }) == 1);
  CHECK(runs_of_generic_callback(root.context(), [] {}) == 1);
  CHECK(runs_of_generic_callback(Context(), [] {}) == 0);
}
