#include "desist/all.hpp"

#include <atomic>
#include <barrier>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "desist/waits.hpp"

#include "support/census.hpp"
#include "support/eventually.hpp"
#include "support/stops_at_the_end.hpp"

namespace desist {
namespace {

using namespace std::chrono_literals;
using test::Baseline;
using test::eventually;
using test::StopsAtTheEnd;

/// A Store made of a function.
class Asked final : public Store {
 public:
  using Function = std::function<Result<Payload>(const Context&, const Query&)>;
  explicit Asked(Function function) : function_(std::move(function)) {}
  Result<Payload> fetch(const Context& ctx, const Query& query) override { return function_(ctx, query); }

 private:
  Function function_;
};

std::shared_ptr<Store> asked(Asked::Function function) {
  return std::make_shared<Asked>(std::move(function));
}

std::shared_ptr<Store> json(std::string text) {
  return asked([text](const Context&, const Query&) -> Result<Payload> { return Payload::json(text); });
}

std::shared_ptr<Store> bytes(std::string content_type, std::string text) {
  return asked([content_type, text](const Context&, const Query&) -> Result<Payload> {
    return Payload::bytes(content_type, text);
  });
}

std::shared_ptr<Store> failing(ErrorCode code, std::string message) {
  return asked(
      [code, message](const Context&, const Query&) -> Result<Payload> { return failure(code, message); });
}

std::shared_ptr<All> all(std::vector<All::Part> parts, All::Options options = {}) {
  return std::make_shared<All>(std::move(parts), options);
}

/// Sleeps until it is told to stop, and remembers why it was.
struct Sleeper {
  std::atomic<bool> asleep{false};
  std::atomic<bool> returned{false};
  std::optional<Cause> cause;  // written before `returned`

  std::shared_ptr<Store> store() {
    return asked([this](const Context& ctx, const Query&) -> Result<Payload> {
      asleep = true;
      const Result<void> slept = sleep_for(ctx, 1h);
      cause = ctx.cause();
      returned = true;
      if (!slept) return tl::unexpected(slept.error());
      return Payload::json("\"slept\"");
    });
  }
};

std::string text_of(Result<Payload> payload) {
  REQUIRE(payload.has_value());
  CHECK(payload->content_type() == "application/json");
  return std::move(*payload).take_bytes();
}

TEST_CASE("parts become the members of one object, JSON as it is and text as a string, in the order given") {
  const auto store = all({{"zebra", json("{\"b\":1, \"a\":[2.50]}")},
                          {"apple", bytes("text/csv; charset=utf-8", "a,\"b\"\nc\xC3\xA4")},
                          {"mango", bytes("application/problem+json", "null")}});
  CHECK(text_of(store->fetch(Context(), {})) ==
        "{\"zebra\":{\"b\":1, \"a\":[2.50]},\"apple\":\"a,\\\"b\\\"\\nc\xC3\xA4\",\"mango\":null}");
}

TEST_CASE("a part's name is escaped, and no parts make an empty object") {
  CHECK(text_of(all({{"a\"b\n", json("1")}})->fetch(Context(), {})) == R"({"a\"b\n":1})");
  CHECK(text_of(all({})->fetch(Context(), {})) == "{}");
}

TEST_CASE("two parts of one name, and a part without a store, are refused when it is made") {
  CHECK_THROWS_WITH_AS(all({{"a", json("1")}, {"b", json("1")}, {"a", json("2")}}),
                       "two parts are called 'a'", std::invalid_argument);
  CHECK_THROWS_WITH_AS(all({{"a", nullptr}}), "part 'a' has no store", std::invalid_argument);
}

TEST_CASE("composites nest: three levels deep the parts' data comes up and the request's values go down") {
  static constexpr Key<std::string> tenant{"tenant"};
  const auto leaf = asked([](const Context& ctx, const Query& query) -> Result<Payload> {
    const std::string* name = ctx.value(tenant);
    return Payload::text((name == nullptr ? "nobody" : *name) + " " + to_text(*query.find("day")));
  });
  const auto store =
      all({{"one", all({{"two", all({{"three", leaf}, {"other", json("3")}})}, {"leaf", leaf}})}});
  Query query;
  query.params.emplace("day", std::int64_t{7});
  CHECK(text_of(store->fetch(Context().with_value(tenant, "acme"), query)) ==
        R"({"one":{"two":{"three":"acme 7","other":3},"leaf":"acme 7"}})");
}

TEST_CASE("what is neither JSON nor UTF-8 text fails, and the failure names the part") {
  struct Case {
    std::shared_ptr<Store> part;
    std::string message;
  };
  const std::vector<Case> cases = {
      {bytes("image/png", "x"), "inner: bad: neither JSON nor text, but 'image/png'"},
      {json("{\"a\":"), "inner: bad: calls itself JSON and is not"},
      {json("1}, \"c\": {\"x\": 1"), "inner: bad: calls itself JSON and is not"},
      {bytes("text/plain", "a\xFF"), "inner: bad: text that is not UTF-8"},
  };
  for (const Case& one : cases) {
    const auto store = all({{"fine", json("1")}, {"inner", all({{"bad", one.part}})}});
    const Result<Payload> got = store->fetch(Context(), {});
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == ErrorCode::failed);
    CHECK(got.error().message == one.message);
  }
}

TEST_CASE("a part's own error keeps its code, so that the answer is the same as without the composite") {
  for (const ErrorCode code :
       {ErrorCode::failed, ErrorCode::overloaded, ErrorCode::too_large, ErrorCode::invalid}) {
    const Result<Payload> got =
        all({{"fine", json("1")}, {"bad", failing(code, "no")}})->fetch(Context(), {});
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == code);
    CHECK(got.error().message == "bad: no");
  }
}

TEST_CASE("a streamed part is read to its end, up to the limit of a part") {
  class Exes final : public Reader {
   public:
    explicit Exes(std::size_t left) : left_(left) {}
    Result<std::size_t> read(const Context& /*ctx*/, std::span<char> buffer) override {
      const std::size_t size = std::min(left_, buffer.size());
      std::fill_n(buffer.data(), size, 'x');
      left_ -= size;
      return size;
    }

   private:
    std::size_t left_;
  };
  const auto part = [](std::size_t size) {
    return asked([size](const Context&, const Query&) -> Result<Payload> {
      return Payload::stream("text/plain", std::make_unique<Exes>(size));
    });
  };
  const All::Options limit{.max_part = 100'000};
  CHECK(text_of(all({{"n", part(100'000)}}, limit)->fetch(Context(), {})).size() == 100'008);
  const Result<Payload> got = all({{"n", part(100'001)}}, limit)->fetch(Context(), {});
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::too_large);
}

TEST_CASE("all parts are asked at once: each may wait for the others") {
  std::barrier meeting(8);
  const auto part = asked([&meeting](const Context&, const Query&) -> Result<Payload> {
    meeting.arrive_and_wait();
    return Payload::json("1");
  });
  std::vector<All::Part> parts;
  for (int i = 0; i < 8; ++i) parts.push_back({"part" + std::to_string(i), part});
  CHECK(nlohmann::json::parse(text_of(all(std::move(parts))->fetch(Context(), {}))).size() == 8);
}

TEST_CASE(
    "the first failure is the answer and wakes the sleeping siblings, at every level, before fetch returns") {
  const Baseline before;
  Sleeper near;
  Sleeper far;
  const auto failing_late = asked([&](const Context&, const Query&) -> Result<Payload> {
    CHECK(eventually([&] { return near.asleep && far.asleep; }));
    return failure(ErrorCode::failed, "exit status 3");
  });
  const auto store = all({{"near", near.store()},
                          {"deep", all({{"deeper", all({{"far", far.store()}})}})},
                          {"finished", json("1")},
                          {"broken", failing_late}});
  const Result<Payload> got = store->fetch(Context(), {});
  CHECK(near.returned);
  CHECK(far.returned);
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::failed);
  CHECK(got.error().message == "broken: exit status 3");
  REQUIRE(near.cause.has_value());
  CHECK(near.cause->reason == Reason::sibling_failed);
  REQUIRE(far.cause.has_value());
  CHECK(far.cause->reason == Reason::sibling_failed);
  CHECK_MESSAGE(before.settled(), before.text());
}

TEST_CASE("a request that stops wakes the parts at every level, and its cause is the answer's") {
  const Baseline before;
  Sleeper near;
  Sleeper far;
  const auto store = all({{"near", near.store()}, {"deep", all({{"deeper", all({{"far", far.store()}})}})}});
  Scope request = Context::root();
  std::jthread client([&] {
    CHECK(eventually([&] { return near.asleep && far.asleep; }));
    request.cancel(Reason::client_gone);
  });
  const Result<Payload> got = store->fetch(request, {});
  CHECK(near.returned);
  CHECK(far.returned);
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::cancelled);
  REQUIRE(got.error().cause.has_value());
  CHECK(got.error().cause->reason == Reason::client_gone);
  CHECK(far.cause == Cause{Reason::client_gone, ""});
  client.join();
  CHECK_MESSAGE(before.settled(), before.text());
}

TEST_CASE("a deadline stops all the parts, and is the cause") {
  Sleeper sleeper;
  const Scope request = Context().with_timeout(20ms);
  const Result<Payload> got = all({{"fine", json("1")}, {"asleep", sleeper.store()}})->fetch(request, {});
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::cancelled);
  REQUIRE(got.error().cause.has_value());
  CHECK(got.error().cause->reason == Reason::deadline_exceeded);
}

TEST_CASE(
    "a stop at the moment when the last part finishes gives the whole object or cancelled, never anything "
    "else") {
  const Baseline before;
  const auto works = asked([](const Context& ctx, const Query&) -> Result<Payload> {
    for (int i = 0; i < 1000000; ++i) {
      if (ctx.stop_requested()) return cancelled(ctx);
    }
    return Payload::text("two");
  });
  const auto store = all({{"a", json("[1]")}, {"b", works}});
  {
    StopsAtTheEnd stops;
    for (int round = 0; round < 1500; ++round) {
      stops.round([&](const Context& ctx) {
        Result<Payload> got = store->fetch(ctx, {});
        if (got) {
          REQUIRE(std::move(*got).take_bytes() == R"({"a":[1],"b":"two"})");
          return true;
        }
        REQUIRE(got.error().code == ErrorCode::cancelled);
        REQUIRE(got.error().cause.has_value());
        REQUIRE(got.error().cause->reason == Reason::deadline_exceeded);
        return false;
      });
    }
    MESSAGE("whole " << stops.finished << ", given up " << stops.stopped);
    CHECK(stops.finished > 150);
    CHECK(stops.stopped > 150);
  }
  CHECK_MESSAGE(before.settled(), before.text());
}

}  // namespace
}  // namespace desist
