#include <algorithm>
#include <optional>
#include <span>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

namespace {

/// Gives what a function gives, part by part.
class FunctionReader final : public Reader {
 public:
  using Function = std::function<Result<std::size_t>(const Context&, std::span<char>)>;
  explicit FunctionReader(Function function) : function_(std::move(function)) {}
  Result<std::size_t> read(const Context& ctx, std::span<char> buffer) override {
    return function_(ctx, buffer);
  }

 private:
  Function function_;
};

front::Answer stream(FunctionReader::Function function) {
  front::Answer answer;
  answer.content_type = "text/plain";
  answer.body = std::make_unique<FunctionReader>(std::move(function));
  return answer;
}

std::size_t put(std::span<char> buffer, std::string_view text) {
  return static_cast<std::size_t>(std::copy(text.begin(), text.end(), buffer.begin()) - buffer.begin());
}

/// Routes that stream; `pulled` counts the parts that were asked for.
struct StreamFront : FrontUnderTest {
  explicit StreamFront(Limits limits = {}) : FrontUnderTest(limits) {}

  /// The parts, then what `end` gives.
  void add_stream(const std::string& path, std::vector<std::string> parts, FunctionReader::Function end,
                  front::Work work = {}) {
    add(
        path,
        [this, parts, end](const Context&, const front::Request&) -> Result<front::Answer> {
          return stream([this, parts, end, at = std::size_t{0}](
                            const Context& ctx, std::span<char> buffer) mutable -> Result<std::size_t> {
            ++pulled;
            return at < parts.size() ? Result<std::size_t>(put(buffer, parts[at++])) : end(ctx, buffer);
          });
        },
        std::move(work));
  }

  std::atomic<int> pulled{0};
};

Result<std::size_t> the_end(const Context&, std::span<char>) {
  return 0;
}
Result<std::size_t> broken(const Context&, std::span<char>) {
  return failure(ErrorCode::failed, "secret");
}
/// A full buffer, again and again.
Result<std::size_t> endless(const Context& ctx, std::span<char> buffer) {
  if (ctx.stop_requested()) return cancelled(ctx);
  std::fill(buffer.begin(), buffer.end(), 'e');
  return buffer.size();
}

}  // namespace

TEST_CASE("a stream arrives in chunks, and the connection goes on") {
  const Baseline baseline;
  {
    StreamFront under;
    under.add_stream("/stream", {"one ", "two ", "three"}, the_end);
    under.add_stream("/empty", {}, the_end);
    under.start();
    WireClient client = under.connect();
    for (int i = 0; i < 3; ++i) {
      client.get("/stream");
      const auto answer = client.answer();
      REQUIRE(answer);
      CHECK(answer->status == 200);
      CHECK(answer->header("transfer-encoding") == "chunked");
      CHECK(answer->whole);
      CHECK(answer->body == "one two three");
    }
    client.get("/empty");
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->whole);
    CHECK(answer->body.empty());
    const auto line = under.log.line(4);
    REQUIRE(line);
    CHECK(line->status == 200);
    CHECK(line->workers.at(0).outcome == Outcome::finished);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("a part of a stream is sent when it is there") {
  StreamFront under;
  under.add_stream("/parts", {"first"}, [&](const Context&, std::span<char>) -> Result<std::size_t> {
    under.gate.wait();
    return 0;
  });
  under.start();
  WireClient client = under.connect();
  client.get("/parts");
  CHECK(eventually([&] { return under.gate.waiting() == 1; }));
  std::string seen;
  while (seen.find("first") == std::string::npos) {
    const std::string more = client.read(1);
    REQUIRE_FALSE(more.empty());
    seen += more;
  }
  CHECK(under.tree.in_flight() == 1);
  under.gate.open();
  CHECK(eventually([&] { return under.tree.in_flight() == 0; }));
}

TEST_CASE("an HTTP/1.0 client gets a stream to the end of its connection") {
  StreamFront under;
  under.add_stream("/stream", {"one ", "two"}, the_end);
  under.start();
  WireClient client = under.connect();
  client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->headers.count("transfer-encoding") == 0);
  CHECK(answer->headers.count("content-length") == 0);
  CHECK(answer->header("connection") == "close");
  CHECK(answer->body == "one two");
  CHECK(answer->whole);
}

TEST_CASE("an answer to HEAD pulls nothing of a stream") {
  StreamFront under;
  under.add_stream("/stream", {"one"}, the_end);
  under.start();
  WireClient client = under.connect();
  client.send("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = client.answer(WireClient::patience, "HEAD");
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(under.pulled == 0);
  client.get("/stream");
  CHECK(client.answer()->body == "one");
}

TEST_CASE("a status that has no body pulls nothing of a stream, and the connection goes on") {
  StreamFront under;
  under.add("/none", [&](const Context&, const front::Request&) -> Result<front::Answer> {
    front::Answer answer = stream([&](const Context&, std::span<char>) -> Result<std::size_t> {
      ++under.pulled;
      return 0;
    });
    answer.status = 204;
    return answer;
  });
  under.start();
  WireClient client = under.connect();
  for (int again = 0; again < 2; ++again) {
    client.get("/none");
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 204);
    CHECK(answer->headers.count("transfer-encoding") == 0);
  }
  CHECK(under.pulled == 0);
}

TEST_CASE("a stream that fails at once is an error with an answer") {
  StreamFront under;
  under.add_stream("/broken", {}, broken);
  under.start();
  WireClient client = under.connect();
  client.get("/broken");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 502);
  CHECK(under.log.line()->workers.at(0).outcome == Outcome::failed);
}

TEST_CASE("a stream that fails midway is cut off, and the client sees that it is not whole") {
  StreamFront under;
  under.add_stream("/broken", {"one", "two"}, broken);
  under.start();
  for (const char* version : {"1.1", "1.0"}) {
    CAPTURE(version);
    WireClient client = under.connect();
    client.send("GET /broken HTTP/" + std::string(version) + "\r\nHost: x\r\n\r\n");
    const auto answer = client.answer();
    CHECK((!answer || !answer->whole));
    CHECK(client.end() == WireClient::End::reset);
  }
  const auto line = under.log.line();
  REQUIRE(line);
  CHECK(line->status == 200);
  CHECK_FALSE(line->cause);
  CHECK(line->workers.at(0).outcome == Outcome::failed);
}

TEST_CASE("a stream whose reader throws is cut off like any that fails") {
  StreamFront under;
  under.add_stream("/throws", {"one"}, [](const Context&, std::span<char>) -> Result<std::size_t> {
    throw std::runtime_error("secret");
  });
  under.start();
  WireClient client = under.connect();
  client.get("/throws");
  CHECK(client.end() == WireClient::End::reset);
  CHECK(under.log.line()->workers.at(0).outcome == Outcome::failed);
}

TEST_CASE("a stream waits for a slow reader, within its buffer, and tells its work when that one leaves") {
  Limits limits;
  limits.write_buffer = 256 * 1024;
  StreamFront under(limits);
  under.add_stream("/endless", {}, endless);
  under.start();
  WireClient client = under.connect(4096);
  client.get("/endless");
  REQUIRE(client.hears(WireClient::patience));
  // The kernel takes some megabytes, the front a quarter of one; then nobody pulls any more.
  REQUIRE(eventually([&] {
    const int now = under.pulled;
    return !eventually([&] { return under.pulled != now; }, 100ms);
  }));
  CHECK(under.pulled < 16 * 1024 * 1024 / (32 * 1024));
  CHECK(under.tree.in_flight() == 1);
  client.close();
  const auto line = under.log.line();
  REQUIRE(line);
  CHECK(line->status == 200);
  REQUIRE(line->cause);
  CHECK(line->cause->reason == Reason::client_gone);
}

TEST_CASE("a stream that is pulled on while its reader reads arrives whole through a small buffer") {
  Limits limits;
  limits.write_buffer = 64 * 1024;
  StreamFront under(limits);
  constexpr int parts = 400;
  under.add("/large", [&](const Context&, const front::Request&) -> Result<front::Answer> {
    return stream([left = parts](const Context&, std::span<char> buffer) mutable -> Result<std::size_t> {
      if (left-- == 0) return 0;
      std::fill(buffer.begin(), buffer.end(), static_cast<char>('a' + left % 26));
      return buffer.size();
    });
  });
  under.start();
  WireClient client = under.connect(4096);
  client.get("/large");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->whole);
  CHECK(answer->body.size() == std::size_t{parts} * 32 * 1024);
  CHECK(under.log.line()->workers.at(0).outcome == Outcome::finished);
}

TEST_CASE("a stream whose reader does not read is ended by the write timeout") {
  Limits limits;
  limits.write_timeout = 100ms;
  StreamFront under(limits);
  under.add_stream("/endless", {}, endless);
  under.start();
  WireClient client = under.connect(4096);
  client.get("/endless");
  const auto line = under.log.line();
  REQUIRE(line);
  REQUIRE(line->cause);
  CHECK(line->cause->reason == Reason::client_gone);
  CHECK(line->cause->detail.find("in time") != std::string::npos);
  CHECK(eventually([&] { return under.front->connections() == 0; }));
}

TEST_CASE("once a reader has caught up, the deadline of what it had to read is over") {
  Limits limits;
  limits.write_timeout = 200ms;
  StreamFront under(limits);
  // More than the kernel takes; then single bytes while the client catches up, one of which finds room for
  // all that was left; then nothing.
  under.add("/pauses", [&](const Context&, const front::Request&) -> Result<front::Answer> {
    return stream([&, left = 4'000'000, dense_until = TimePoint()](
                      const Context&, std::span<char> buffer) mutable -> Result<std::size_t> {
      if (left > 0) {
        left -= static_cast<int>(buffer.size());
        return buffer.size();
      }
      if (dense_until == TimePoint()) dense_until = Clock::now() + 50ms;
      if (Clock::now() < dense_until) return 1;
      under.gate.wait();
      return 0;
    });
  });
  under.start();
  WireClient client = under.connect(4096);
  client.get("/pauses");
  std::optional<WireAnswer> answer;
  {
    const std::jthread reading([&] { answer = client.answer(); });
    CHECK(eventually([&] { return under.gate.waiting() == 1; }));
    CHECK_FALSE(eventually([&] { return under.log.count() > 0; }, 400ms));
    under.gate.open();
  }
  REQUIRE(answer);
  CHECK(answer->whole);
  CHECK_FALSE(under.log.line()->cause);
}

TEST_CASE("a stream is answered whatever its target and method look like") {
  StreamFront under;
  under.add_stream("/stream", {"one"}, the_end);
  under.start();
  WireClient client = under.connect();
  for (const std::string target : {"/stream?a?b", "/stream?a=b&&=?", "/stream?"}) {
    for (const std::string method : {"GET", "HEAD"}) {
      CAPTURE(target);
      client.send(method + " " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
      const auto answer = client.answer(WireClient::patience, method);
      REQUIRE(answer);
      CHECK(answer->status == 200);
      CHECK(answer->body == (method == "GET" ? "one" : ""));
    }
  }
}

TEST_CASE("an empty stream has a head, in HTTP/1.0 too") {
  StreamFront under;
  under.add_stream("/empty", {}, the_end);
  under.start();
  for (const std::string request :
       {"GET /empty HTTP/1.0\r\n\r\n", "GET /empty HTTP/1.1\r\nHost: x\r\n\r\n"}) {
    WireClient client = under.connect();
    client.send(request);
    const auto answer = client.answer();
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->header("content-type") == "text/plain");
    CHECK(answer->body.empty());
    CHECK(answer->whole);
  }
}

TEST_CASE("a stream's content type that cannot stand in a header is left out") {
  StreamFront under;
  under.add("/bad", [](const Context&, const front::Request&) -> Result<front::Answer> {
    front::Answer answer = stream(the_end);
    answer.content_type = "text/plain\r\nX-Evil: yes";
    return answer;
  });
  under.start();
  WireClient client = under.connect();
  client.get("/bad");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->headers.count("content-type") == 0);
  CHECK(answer->headers.count("x-evil") == 0);
}

TEST_CASE("a stream whose time runs out is cut off") {
  StreamFront under;
  under.add_stream("/timed", {"one"},
                   [&](const Context& ctx, std::span<char>) -> Result<std::size_t> {
                     under.gate.wait(ctx);
                     return cancelled(ctx);
                   },
                   {.timeout = 100ms});
  under.start();
  WireClient client = under.connect();
  client.get("/timed");
  const auto answer = client.answer();
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK_FALSE(answer->whole);
  CHECK(client.end() == WireClient::End::reset);
  const auto line = under.log.line();
  REQUIRE(line);
  REQUIRE(line->cause);
  CHECK(line->cause->reason == Reason::deadline_exceeded);
  CHECK(line->workers.at(0).outcome == Outcome::cancelled);
}

TEST_CASE("a finish route's stream is read to its end for a client that has left") {
  StreamFront under;
  std::atomic<int> parts{0};
  under.add("/finish",
            [&](const Context&, const front::Request&) -> Result<front::Answer> {
              return stream([&](const Context&, std::span<char> buffer) -> Result<std::size_t> {
                if (++parts == 1) return put(buffer, "one");
                under.gate.wait();
                return parts == 1000 ? 0 : put(buffer, "more");
              });
            },
            {.on_disconnect = OnDisconnect::finish});
  under.start();
  WireClient client = under.connect();
  client.get("/finish");
  REQUIRE(eventually([&] { return under.gate.waiting() == 1; }));
  client.close();
  REQUIRE(eventually([&] { return under.front->connections() == 0; }));
  under.gate.open();
  const auto line = under.log.line();
  REQUIRE(line);
  CHECK_FALSE(line->cause);
  CHECK(line->workers.at(0).outcome == Outcome::finished);
  CHECK(parts == 1000);
}
