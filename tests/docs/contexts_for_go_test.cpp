#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "desist/on_stop.hpp"
#include "desist/server.hpp"
#include "desist/task_group.hpp"
#include "desist/waits.hpp"

#include "support/wire_client.hpp"

// What docs/contexts-for-go.md quotes, and that it does what is said there.

namespace desist::test {
namespace {

using namespace std::chrono_literals;

bool is_prime(int n) {
  int divisor = 2;
  while (divisor * divisor <= n && n % divisor != 0) ++divisor;
  return divisor * divisor > n;
}

Result<int> primes_below(const Context& ctx, int limit) {
  int primes = 0;
  for (int n = 2; n < limit; ++n) {
    if (ctx.stop_requested()) return cancelled(ctx);  // an Error that carries ctx.cause()
    if (is_prime(n)) ++primes;
  }
  return primes;
}

Result<int> report(const Context& ctx, int limit) {
  const Scope scope = ctx.with_timeout(2s);  // its end is the deferred cancel()
  return primes_below(scope, limit);
}

Result<void> ask(const Context& ctx, const std::string& shop, int& price) {
  if (shop == "closed") return failure(ErrorCode::failed, "nobody there");
  if (shop == "slow") return sleep_for(ctx, 1h);
  price = static_cast<int>(shop.size());
  return {};
}

Result<int> cheapest(const Context& ctx, const std::string& one, const std::string& other) {
  int here = 0, there = 0;
  TaskGroup group(ctx);
  group.spawn("here", [&](const Context& child) { return ask(child, one, here); });
  group.spawn("there", [&](const Context& child) { return ask(child, other, there); });
  if (Result<void> done = group.wait(); !done) return tl::unexpected(done.error());
  return std::min(here, there);
}

Result<int> next(const Context& ctx, Queue<int>& rows, Duration patience) {
  Queue<int>::Pop row(rows);
  Alarm silence = Alarm::in(patience);
  const Result<std::size_t> came = wait_any(ctx, row, silence);
  if (!came) return tl::unexpected(came.error());  // ctx has stopped, and no row was there
  if (*came == 1) return failure(ErrorCode::failed, "silence");
  const std::optional<int> value = row.take();  // as in `row, ok := <-rows`
  if (!value) return failure(ErrorCode::failed, "closed");
  return *value;
}

Result<std::string> read_some(const Context& ctx, int connection) {
  const auto wake = on_stop(ctx, [&]() noexcept { ::shutdown(connection, SHUT_RDWR); });
  std::array<char, 512> buffer;
  const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
  if (got > 0) return std::string(buffer.data(), static_cast<std::size_t>(got));
  if (ctx.stop_requested()) return cancelled(ctx);
  return failure(ErrorCode::failed, "the peer has closed");
}

struct User {
  std::string name;
};

inline constexpr Key<User> user{"user"};

bool clean_up(const Context& ctx) {
  const Scope cleaning = ctx.shield(1s);
  return !cleaning.stop_requested() && cleaning.context().deadline().has_value();
}

std::string greeting(const Context& ctx) {
  const User* who = ctx.value(user);
  return who == nullptr ? "hello" : "hello, " + who->name;
}

}  // namespace

TEST_CASE("the guide for Go: a timeout and a loop that looks") {
  CHECK(report(Context(), 1000).value() == 168);
  const Scope stopped = Context().with_cancel();
  stopped.cancel(Reason::client_gone);
  CHECK(report(stopped, 1000).error().cause->reason == Reason::client_gone);
}

TEST_CASE("the guide for Go: a group's first failure is its result and cancels the rest") {
  CHECK(cheapest(Context(), "ab", "abc").value() == 2);
  CHECK(cheapest(Context(), "slow", "closed").error().message == "nobody there");
}

TEST_CASE("the guide for Go: a select in which the data wins") {
  const Scope stopped = Context().with_cancel();
  stopped.cancel();
  Queue<int> rows(4);
  REQUIRE(rows.push(Context(), 7).has_value());
  CHECK(next(stopped, rows, 1h).value() == 7);
  CHECK(next(stopped, rows, 1h).error().code == ErrorCode::cancelled);
  CHECK(next(Context(), rows, 1ms).error().message == "silence");
  rows.close();
  CHECK(next(Context(), rows, 1h).error().message == "closed");
}

TEST_CASE("the guide for Go: a hook wakes a read that blocks") {
  std::array<int, 2> ends{};
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  REQUIRE(::send(ends[1], "row", 3, 0) == 3);
  CHECK(read_some(Context(), ends[0]).value() == "row");
  const Scope scope = Context().with_timeout(10ms);
  CHECK(read_some(scope, ends[0]).error().cause->reason == Reason::deadline_exceeded);
  for (const int end : ends) ::close(end);
}

TEST_CASE("the guide for Go: a value travels with its Context, under a typed key") {
  const Context ctx;
  const Context inner = ctx.with_value(user, {"ada"});
  CHECK(greeting(inner) == "hello, ada");
  CHECK(greeting(inner.with_cancel()) == "hello, ada");
  CHECK(greeting(ctx) == "hello");
}

TEST_CASE("the guide for Go: clean-up has a budget of its own") {
  const Scope stopped = Context().with_cancel();
  stopped.cancel();
  CHECK(clean_up(stopped));
}

TEST_CASE("the guide for Go: a server's handler gets its Context first") {
  Server server({.listen = {"127.0.0.1", 0}, .log_format = ServerOptions::LogFormat::none});
  server.route({.path = "/primes/{below}",
                .handler = [](const Context& ctx, const Query& query) -> Result<Payload> {
                  const auto below = query.integer("below");
                  const Result<int> primes = report(ctx, static_cast<int>(below));
                  if (!primes) return tl::unexpected(primes.error());  // 502, 503 or 504, by its code
                  return Payload::text(std::to_string(*primes));
                },
                .timeout = 5s,
                .params = {{"below", {.pattern = "[0-9]{1,6}", .type = Param::Type::integer}}}});
  server.start();
  WireClient client(server.port());
  client.get("/primes/1000");
  const auto answer = client.answer();
  REQUIRE(answer.has_value());
  CHECK(answer->body == "168");
  CHECK(server.shutdown());
}

}  // namespace desist::test
