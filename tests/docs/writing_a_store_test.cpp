#include <array>
#include <chrono>
#include <future>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "desist/after_stop.hpp"
#include "desist/on_stop.hpp"
#include "desist/sleep.hpp"
#include "desist/store.hpp"
#include "desist/task_group.hpp"
#include "desist/worker.hpp"

#include "support/census.hpp"
#include "support/eventually.hpp"

// What docs/writing-a-store.md quotes, and that it does what is said there.

namespace desist::test {
namespace {

using namespace std::chrono_literals;

class Primes final : public Store {
 public:
  Result<Payload> fetch(const Context& ctx, const Query& query) override {
    const auto below = query.integer("below");
    std::int64_t primes = 0;
    for (std::int64_t n = 2; n < below; ++n) {
      if (ctx.stop_requested()) return cancelled(ctx);
      std::int64_t divisor = 2;
      while (divisor * divisor <= n && n % divisor != 0) ++divisor;
      if (divisor * divisor > n) ++primes;
    }
    return Payload::text(std::to_string(primes));
  }
};

/// Asks a peer over a connection: one line there, one line back.
class Peer final : public Store {
 public:
  /// Neither descriptor is owned. `control` takes a line at any time, also while `data` is busy.
  Peer(int data, int control) : data_(data), control_(control) {}

  Result<Payload> fetch(const Context& ctx, const Query& /*query*/) override {
    Worker worker(ctx, "peer", "peer");
    return worker.done(ask(ctx));
  }

 private:
  Result<Payload> ask(const Context& ctx) {
    if (ctx.stop_requested()) return cancelled(ctx);
    const auto wake = on_stop(ctx, [this]() noexcept { ::shutdown(data_, SHUT_RD); });
    const auto tell = after_stop(ctx, [this] { say(control_, "give up\n"); });
    say(data_, "what now?\n");
    std::string line;
    while (!line.ends_with('\n')) {
      checkpoint("waiting for the peer");
      std::array<char, 512> buffer;
      const ssize_t got = ::recv(data_, buffer.data(), buffer.size(), 0);
      if (got <= 0 && ctx.stop_requested()) return cancelled(ctx);
      if (got <= 0) return failure(ErrorCode::failed, "the peer closed in the middle of a line");
      line.append(buffer.data(), static_cast<std::size_t>(got));
    }
    return Payload::text(line);  // whole: it is the answer, whether ctx has stopped by now or not
  }

  static void say(int descriptor, std::string_view line) noexcept {
    (void)::send(descriptor, line.data(), line.size(), MSG_NOSIGNAL);
  }

  const int data_;
  const int control_;
};

class Both final : public Store {
 public:
  Both(std::shared_ptr<Store> left, std::shared_ptr<Store> right)
      : left_(std::move(left)), right_(std::move(right)) {}

  Result<Payload> fetch(const Context& ctx, const Query& query) override {
    std::string left, right;
    TaskGroup group(ctx);
    group.spawn("left", [&](const Context& child) { return take(*left_, child, query, left); });
    group.spawn("right", [&](const Context& child) { return take(*right_, child, query, right); });
    if (Result<void> done = group.wait(); !done) return tl::unexpected(done.error());
    return Payload::text(left + " and " + right);
  }

 private:
  static Result<void> take(Store& store, const Context& ctx, const Query& query, std::string& text) {
    Result<Payload> payload = store.fetch(ctx, query);
    if (!payload) return tl::unexpected(payload.error());
    Result<std::string> bytes = std::move(*payload).collect(ctx, 1024 * 1024);
    if (!bytes) return tl::unexpected(bytes.error());
    text = std::move(*bytes);
    return {};
  }

  const std::shared_ptr<Store> left_;
  const std::shared_ptr<Store> right_;
};

/// Answers what could be had in time: the parts that finished, and says which did not.
class WhatThereIs final : public Store {
 public:
  explicit WhatThereIs(std::shared_ptr<Store> extra) : extra_(std::move(extra)) {}

  Result<Payload> fetch(const Context& ctx, const Query& query) override {
    const Scope hurried = ctx.with_timeout(50ms);
    Result<Payload> extra = extra_->fetch(hurried, query);
    if (!extra && ctx.stop_requested()) return cancelled(ctx);  // nobody is there to take half an answer
    if (!extra) return Payload::json(R"({"extra": null})");
    Result<std::string> bytes = std::move(*extra).collect(ctx, 1024 * 1024);
    if (!bytes) return tl::unexpected(bytes.error());
    return Payload::json(R"({"extra": )" + *bytes + "}");
  }

 private:
  const std::shared_ptr<Store> extra_;
};

/// A place that somebody holds, and gives back with a call that takes its time.
class Place {
 public:
  explicit Place(const Context& ctx, std::string& log) : ctx_(ctx), log_(log) {}
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() {
    const Scope budget = ctx_.shield(2s);  // not reached by the stop above; ends by itself
    log_ = give_back(budget) ? "given back" : "lost";
  }

 private:
  static bool give_back(const Context& ctx) { return sleep_for(ctx, 1ms).has_value(); }

  const Context ctx_;
  std::string& log_;
};

Query below(std::int64_t limit) {
  Query query;
  query.params.emplace("below", limit);
  return query;
}

struct Wires {
  Wires() {
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, data.data()) == 0);
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control.data()) == 0);
  }
  ~Wires() {
    for (const int end : {data[0], data[1], control[0], control[1]}) ::close(end);
  }
  [[nodiscard]] static std::string hear(int descriptor) {
    std::array<char, 512> buffer;
    const ssize_t got = ::recv(descriptor, buffer.data(), buffer.size(), 0);
    return std::string(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  }
  std::array<int, 2> data{};
  std::array<int, 2> control{};
};

}  // namespace

TEST_CASE("the guide for stores: a store answers, and gives up soon after its Context stops") {
  const Baseline baseline;
  {
    Primes store;
    CHECK(store.fetch(Context(), below(1000)).value().collect(Context(), 100).value() == "168");

    const Scope scope = Context().with_cancel();
    auto answer = std::async(std::launch::async, [&] { return store.fetch(scope, below(INT64_MAX)); });
    scope.cancel(Reason::client_gone);
    REQUIRE(answer.wait_for(10s) == std::future_status::ready);
    CHECK(answer.get().error().cause->reason == Reason::client_gone);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("the guide for stores: a stop wakes a call that blocks, and the peer is told") {
  Wires wires;
  Peer store(wires.data[0], wires.control[0]);
  const Scope scope = Context().with_cancel();
  auto answer = std::async(std::launch::async, [&] { return store.fetch(scope, {}); });
  CHECK(Wires::hear(wires.data[1]) == "what now?\n");  // it waits for the answer now
  scope.cancel(Reason::client_gone);
  CHECK(answer.get().error().code == ErrorCode::cancelled);
  CHECK(Wires::hear(wires.control[1]) == "give up\n");
}

TEST_CASE("the guide for stores: what was whole before the stop is the answer") {
  Wires wires;
  Peer store(wires.data[0], wires.control[0]);
  REQUIRE(::send(wires.data[1], "tea\n", 4, 0) == 4);
  const Scope scope = Context().with_cancel();
  CHECK(store.fetch(scope, {}).value().collect(scope, 100).value() == "tea\n");
}

TEST_CASE("the guide for stores: a store of two asks both at once, and a failure of one ends the other") {
  auto primes = std::make_shared<Primes>();
  Both both(primes, primes);
  CHECK(both.fetch(Context(), below(10)).value().collect(Context(), 100).value() == "4 and 4");

  Wires wires;
  Both broken(std::make_shared<Peer>(wires.data[0], wires.control[0]), primes);
  ::shutdown(wires.data[1], SHUT_RDWR);
  CHECK(broken.fetch(Context(), below(INT64_MAX)).error().code == ErrorCode::failed);
}

TEST_CASE("the guide for stores: half an answer is for a client that stays, not for one that has left") {
  WhatThereIs store(std::make_shared<Primes>());
  CHECK(store.fetch(Context(), below(10)).value().collect(Context(), 100).value() == R"({"extra": 4})");
  CHECK(store.fetch(Context(), below(INT64_MAX)).value().collect(Context(), 100).value() ==
        R"({"extra": null})");
  const Scope gone = Context().with_cancel();
  gone.cancel(Reason::client_gone);
  CHECK(store.fetch(gone, below(10)).error().cause->reason == Reason::client_gone);
}

TEST_CASE("the guide for stores: clean-up works though the Context has stopped") {
  std::string log;
  {
    const Scope scope = Context().with_cancel();
    const Place place(scope, log);
    scope.cancel(Reason::client_gone);
  }
  CHECK(log == "given back");
}

}  // namespace desist::test
