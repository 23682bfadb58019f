#include <chrono>
#include <cstddef>

#include <doctest/doctest.h>

#include "desist/on_stop.hpp"

#include "context/timer.hpp"
#include "support/census.hpp"

using namespace desist;
using desist::test::Baseline;
using desist::test::frees_at_once;
using desist::test::resident_bytes;

namespace {

// Where freed memory is kept back, only the counts can be checked.
constexpr int lives = frees_at_once ? 1'000'000 : 50'000;

/// What `life` leaves behind when it is lived that often, in bytes of resident memory.
template <class Life>
std::size_t growth(Life life) {
  for (int i = 0; i < 1000; ++i) life();
  const std::size_t before = resident_bytes();
  for (int i = 0; i < lives; ++i) life();
  const std::size_t after = resident_bytes();
  return after > before ? after - before : 0;
}

constexpr std::size_t flat = 512UL * 1024;  // half a byte a life

}  // namespace

TEST_CASE("a long-lived parent stays flat over 1,000,000 short-lived children") {
  const Scope parent = Context::root();
  const std::size_t grown = growth([&] {
    const Scope child = parent.with_cancel();
    child.cancel(Reason::client_gone);
  });
  if (frees_at_once) CHECK(grown < flat);
  CHECK(!parent.stop_requested());
}

TEST_CASE("1,000,000 timeouts that end before their time leave no timer and no memory") {
  const Baseline baseline;
  const Scope parent = Context::root();
  const std::size_t grown = growth([&] {
    const Scope child = parent.with_timeout(std::chrono::hours(1));
    const Scope grandchild = child.with_value(keys::request_id, "a request id of some length").with_cancel();
  });
  if (frees_at_once) CHECK(grown < flat);
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("1,000,000 requests with hooks, tokens and causes leave no memory") {
  const Scope server = Context::root();
  const std::size_t grown = growth([&] {
    const Scope request = Context::root();
    const std::stop_token token = request;
    const auto hook = on_stop(server, [&]() noexcept { request.cancel(Reason::shutting_down); });
    const Scope adopted = Context::adopt(token);
    const auto inner = on_stop(adopted, []() noexcept {});
    request.cancel(Reason::client_gone, "the client closed its connection");
  });
  if (frees_at_once) CHECK(grown < flat);
}
