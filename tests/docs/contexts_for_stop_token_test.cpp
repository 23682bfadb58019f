#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"
#include "desist/sleep.hpp"
#include "desist/task_group.hpp"

// What docs/contexts-for-stop-token.md quotes, and that it does what is said there.

namespace desist::test {
namespace {

using namespace std::chrono_literals;

/// Code that never heard of desist.
bool wait_for_bell(std::stop_token token, std::condition_variable_any& bell, std::mutex& mutex, bool& rung) {
  std::unique_lock lock(mutex);
  return bell.wait(lock, token, [&] { return rung; });
}

/// A child that stops with its parent, or alone, or after a while: by hand, and with desist.
std::string by_hand(std::stop_token parent) {
  std::stop_source child;
  const std::stop_callback link(parent, [&] { child.request_stop(); });
  // … and a timer thread that calls child.request_stop() …
  return child.stop_requested() ? "stopped; nobody knows why" : "running";
}

std::string with_desist(const Context& parent) {
  const Scope child = parent.with_timeout(2s);
  return child.stop_requested() ? "stopped: " + std::string(to_string(child.cause()->reason)) : "running";
}

Result<void> work(const Context& ctx) {
  while (!ctx.stop_requested()) std::this_thread::yield();
  return cancelled(ctx);
}

}  // namespace

TEST_CASE("the guide for stop tokens: what takes a token takes a Context") {
  std::condition_variable_any bell;
  std::mutex mutex;
  bool rung = false;
  const Scope scope = Context().with_timeout(10ms);
  CHECK_FALSE(wait_for_bell(scope, bell, mutex, rung));  // a Scope, a Context, a token
}

TEST_CASE("the guide for stop tokens: a child stops with its parent, and knows why") {
  const Scope parent = Context().with_cancel();
  CHECK(with_desist(parent) == "running");
  CHECK(by_hand(parent) == "running");
  parent.cancel(Reason::client_gone);
  CHECK(with_desist(parent) == "stopped: client_gone");
  CHECK(by_hand(parent) == "stopped; nobody knows why");
}

TEST_CASE("the guide for stop tokens: code that has only a token calls code that wants a Context") {
  Result<void> result;
  {
    const std::jthread thread([&](std::stop_token token) {
      const Scope scope = Context::adopt(token);
      result = work(scope);
    });
  }  // the jthread's end requests its stop
  CHECK(result.error().cause->reason == Reason::cancelled);
}

TEST_CASE("the guide for stop tokens: a root's std::stop_source stops its Contexts") {
  const Scope root = Context::root();
  std::stop_source source = root.stop_source();
  source.request_stop();
  CHECK(root.stop_requested());
}

TEST_CASE("the guide for stop tokens: a group's threads are joined, and their errors kept") {
  TaskGroup group((Context()));
  group.spawn("idle", work);
  group.spawn("broken", [](const Context&) -> Result<void> { return failure(ErrorCode::failed, "broken"); });
  const Result<void> result = group.wait();  // "idle" was cancelled, and has returned
  CHECK(result.error().message == "broken");
}

}  // namespace desist::test
