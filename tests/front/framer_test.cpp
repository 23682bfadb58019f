#include "front/framer.hpp"

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "front/wire/case.hpp"
#include "front/wire/property.hpp"

namespace desist::test {
namespace {

using front::Framed;
using front::Framer;
using front::Refusal;
using front::Version;
using wire::Case;
using wire::Outcome;
using wire::outcome_of;

wire::Cutter pieces_of(std::size_t size) {
  return [size] { return size; };
}

// Small and large pieces alike, and now and then an empty one.
wire::Cutter random_pieces(unsigned seed) {
  return [random = std::minstd_rand(seed)]() mutable -> std::size_t {
    constexpr std::size_t largest[] = {2, 10, 100, 5000};
    return random() % largest[random() % std::size(largest)];
  };
}

Framed only(const std::string& input) {
  Outcome outcome = outcome_of(input);
  INFO(text(outcome));
  REQUIRE(outcome.requests.size() == 1);
  return std::move(outcome.requests.front());
}

Refusal refusal_of(const std::string& input) {
  const Outcome outcome = outcome_of(input);
  INFO(text(outcome));
  REQUIRE(outcome.refused());
  return outcome.refusal;
}

}  // namespace

TEST_CASE("every case on the wire has its outcome") {
  std::set<std::string> names;
  for (const Case& one : wire::all_cases()) {
    CAPTURE(one.name);
    CHECK(names.insert(one.name).second);
    const Outcome outcome = outcome_of(one.input);
    INFO(text(outcome));
    CHECK(outcome.requests.size() == one.requests);
    CHECK(outcome.status() == one.status);
    if (one.status == wire::accepted) {
      CHECK(outcome.used == one.input.size());
      CHECK(outcome.state == Framer::State::idle);
    } else {
      CHECK_FALSE(outcome.refusal.detail.empty());
    }
    for (std::size_t i = 0; i < outcome.requests.size(); ++i) {
      CHECK(wire::second_opinion(outcome.wires[i], outcome.requests[i], Limits{}) == "");
    }
  }
  CHECK(names.size() >= 250);
}

TEST_CASE("cuts do not change an outcome") {
  for (const Case& one : wire::all_cases()) {
    CAPTURE(one.name);
    const Outcome whole = outcome_of(one.input);
    const auto check = [&](const wire::Cutter& cutter) {
      const Outcome cut = outcome_of(one.input, cutter);
      if (!(cut == whole)) FAIL_CHECK(text(cut) << "; whole: " << text(whole));
    };
    check(pieces_of(1));
    check(pieces_of(2));
    check(pieces_of(4096));
    for (unsigned seed = 1; seed <= 5; ++seed) check(random_pieces(seed));
  }
}

TEST_CASE("two pieces, cut anywhere, give what one gives") {
  for (const Case& one : wire::all_cases()) {
    if (one.input.size() > 400) continue;
    CAPTURE(one.name);
    const Outcome whole = outcome_of(one.input);
    for (std::size_t cut = 0; cut <= one.input.size(); ++cut) {
      const Outcome two = outcome_of(one.input, [&, first = true]() mutable {
        return std::exchange(first, false) ? cut : one.input.size();
      });
      if (!(two == whole)) FAIL_CHECK("cut at " << cut << ": " << text(two) << "; whole: " << text(whole));
    }
  }
}

TEST_CASE("a request arrives with all it holds") {
  const Framed request = only(
      "POST /a/b?c=d HTTP/1.1\r\nHost: example.com:80\r\nX-One:  1 \r\ncontent-length: 5\r\nx-one: "
      "2\r\nEmpty:\r\n\r\nhello");
  CHECK(request.method == "POST");
  CHECK(request.target == "/a/b?c=d");
  CHECK(request.version == Version::http11);
  CHECK(request.body == "hello");
  CHECK(request.keep_alive);
  CHECK(request.headers == front::Fields{{"Host", "example.com:80"},
                                         {"X-One", "1"},
                                         {"content-length", "5"},
                                         {"x-one", "2"},
                                         {"Empty", ""}});
}

TEST_CASE("chunks are put together, and trailers dropped") {
  const Framed request =
      only(wire::chunked("5;a=\"b\"\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nX-Trailer: y\r\n\r\n"));
  CHECK(request.body == "hello world");
  CHECK(request.headers == front::Fields{{"Host", "a"}, {"Transfer-Encoding", "chunked"}});
}

TEST_CASE("an absolute form is reduced to path and query, and its authority is the Host") {
  const auto target = [](const std::string& raw) { return only(wire::get(raw)).target; };
  CHECK(target("http://a/b?c") == "/b?c");
  CHECK(target("HTTP://a") == "/");
  CHECK(target("http://a?b=/c") == "/?b=/c");
  CHECK(target("http://a//b") == "//b");
  CHECK(only(wire::with_line("OPTIONS http://a HTTP/1.1")).target == "*");
  CHECK(only(wire::with_line("OPTIONS http://a/ HTTP/1.1")).target == "/");
  CHECK(only(wire::get("http://other:80/b")).headers == front::Fields{{"Host", "other:80"}});
}

TEST_CASE("a connection is kept as version and Connection ask for") {
  const auto kept = [](const std::string& version, const std::string& lines) {
    return only("GET / " + version + "\r\nHost: a\r\n" + lines + "\r\n").keep_alive;
  };
  CHECK(kept("HTTP/1.1", ""));
  CHECK(kept("HTTP/1.1", "Connection: upgrade\r\n"));
  CHECK(kept("HTTP/1.1", "Connection: closed, x-close\r\n"));
  CHECK_FALSE(kept("HTTP/1.1", "Connection: CLOSE\r\n"));
  CHECK_FALSE(kept("HTTP/1.1", "Connection: close, keep-alive\r\n"));
  CHECK_FALSE(kept("HTTP/1.1", "Connection: keep-alive\r\nConnection: x ,\tclose\t\r\n"));
  CHECK_FALSE(kept("HTTP/1.0", ""));
  CHECK(kept("HTTP/1.0", "Connection: Keep-Alive\r\n"));
  CHECK_FALSE(kept("HTTP/1.0", "Connection: keep-alive\r\nConnection: close\r\n"));
}

TEST_CASE("100 is wanted from the head's end until it is sent or the body begins") {
  for (const char* framing : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"}) {
    CAPTURE(framing);
    const std::string head = wire::post("Expect: 100-continue\r\n" + std::string(framing));
    Framer framer{Limits{}};
    CHECK(framer.consume(std::string_view(head).substr(0, head.size() - 1)) == head.size() - 1);
    CHECK(framer.state() == Framer::State::head);
    CHECK_FALSE(framer.wants_continue());
    framer.consume("\n");
    CHECK(framer.state() == Framer::State::body);
    CHECK(framer.wants_continue());
    Framer other = framer;

    framer.continue_sent();
    CHECK_FALSE(framer.wants_continue());
    CHECK(framer.state() == Framer::State::body);

    other.consume("5");
    CHECK_FALSE(other.wants_continue());
    CHECK(other.state() == Framer::State::body);
  }
}

TEST_CASE("100 is not wanted where the body is there, where there is none, or in HTTP/1.0") {
  const auto wanted = [](const std::string& input) {
    Framer framer{Limits{}};
    framer.consume(input);
    return framer.wants_continue();
  };
  CHECK(wanted(wire::post("Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n")));
  CHECK_FALSE(wanted(wire::post("Expect: 100-continue\r\nContent-Length: 5\r\n", "he")));
  CHECK_FALSE(wanted(wire::post("Expect: 100-continue\r\nContent-Length: 0\r\n")));
  CHECK_FALSE(wanted(wire::post("Expect: 100-continue\r\n")));
  CHECK_FALSE(wanted("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"));
  CHECK_FALSE(wanted(wire::post("Expect: 100-continue\r\nContent-Length: 9999999\r\n")));
}

TEST_CASE("bytes behind a complete request are not used until it is taken") {
  const std::string first = wire::get("/1");
  Framer framer{Limits{}};
  CHECK(framer.state() == Framer::State::idle);
  CHECK(framer.consume(first + wire::get("/2")) == first.size());
  CHECK(framer.state() == Framer::State::complete);
  CHECK(framer.consume("GET") == 0);
  CHECK(framer.take().target == "/1");
  CHECK(framer.state() == Framer::State::idle);
  CHECK(framer.consume("GET") == 3);
  CHECK(framer.state() == Framer::State::head);
}

TEST_CASE("an empty line before a request leaves the framer idle") {
  Framer framer{Limits{}};
  CHECK(framer.consume("\r\n") == 2);
  CHECK(framer.state() == Framer::State::idle);
  framer.consume("G");
  CHECK(framer.state() == Framer::State::head);
}

TEST_CASE("a refusal is final, and says what would be right") {
  Framer framer{Limits{}};
  framer.consume("GET /a/b?secret=1 HTTP/1.1\r\nX-Request-Id: id-1\r\nX-Request-Id: id-2\r\n\r\n");
  REQUIRE(framer.state() == Framer::State::refused);
  CHECK(framer.refusal().status == 400);
  CHECK(framer.refusal().detail == "Host must be sent exactly once.");
  CHECK(framer.refusal().method == "GET");
  CHECK(framer.refusal().path == "/a/b");
  CHECK(framer.refusal().id == "id-1");
  CHECK(framer.consume(wire::get("/")) == 0);
  CHECK(framer.state() == Framer::State::refused);
}

TEST_CASE("a refusal tells of the request what was read, and nothing that is ill-formed") {
  CHECK(refusal_of("DELETE /a\x01").path == "/a");
  CHECK(refusal_of("DELETE /a#b HTTP/1.1\r\n").path == "/a");
  CHECK(refusal_of("DE\x01").method == "DE");
  CHECK(refusal_of("\x16\x03").method == "");
  CHECK(refusal_of("GET / HTTP/1.1\r\nX-Request-Id: a b\r\n\r\n").id == "");
  CHECK(refusal_of("GET / HTTP/1.1\r\nX-Request-Id: " + std::string(129, 'i') + "\r\n\r\n").id == "");
  CHECK(refusal_of("GET / HTTP/1.1\r\nX-Request-Id: " + std::string(128, 'i') + "\r\n\r\n").id.size() == 128);
  CHECK(refusal_of("GET / HTTP/1.1\r\nx-request-id: late\r\nX : y\r\n").id == "late");
  CHECK(refusal_of("GET http://a/b?c HTTP/1.1\r\n\r\n").path == "/b");
  CHECK(refusal_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n").detail ==
        "Host must be sent exactly once.");
  CHECK(refusal_of("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n").detail ==
        "Host must be sent at most once.");
}

TEST_CASE("a request that comes too slowly is refused with what was read of it") {
  Framer framer{Limits{}};
  framer.consume("PUT /slow?x HTTP/1.1\r\nX-Request-Id: me\r\nHos");
  const Refusal refusal = framer.refuse_now(408, "The head must come within ten seconds.");
  CHECK(refusal.status == 408);
  CHECK(refusal.detail == "The head must come within ten seconds.");
  CHECK(refusal.method == "PUT");
  CHECK(refusal.path == "/slow");
  CHECK(refusal.id == "me");
  CHECK(framer.state() == Framer::State::head);
}

TEST_CASE("a fault is noticed at the byte that shows it") {
  const auto used = [](const std::string& input) {
    const Outcome outcome = outcome_of(input);
    INFO(text(outcome));
    REQUIRE(outcome.refused());
    return outcome.used;
  };
  const std::string tail(100000, 'a');
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  CHECK(used(tail) == 33);
  CHECK(used("GET /" + tail) == 4 + 8001);
  CHECK(used("GET  /" + tail) == 5);
  CHECK(used("GET / HTTP/1.1" + tail) == 15);
  CHECK(used(head + tail) == head.size() + 8001);
  CHECK(used(head + "X:" + tail) == head.size() + 8001);
  CHECK(used(head + "X:" + std::string(100000, ' ')) == head.size() + 8001);
  CHECK(used(head + wire::repeated("X:\r\n", 1000)) == head.size() + 99 * 4 + 1);
  CHECK(used(head + wire::repeated("X:" + std::string(1000, 'v') + "\r\n", 50)) == 32 * 1024 + 1);
  CHECK(used(head + "X\n" + tail) == head.size() + 2);
  const std::string chunked = wire::chunked("");
  CHECK(used(chunked + "100001" + tail) == chunked.size() + 6);
  CHECK(used(chunked + std::string(100, '0')) == chunked.size() + 17);
  CHECK(used(chunked + "5;" + tail) == chunked.size() + 257);
}

TEST_CASE("small limits hold as well as large ones") {
  Limits limits;
  limits.max_line = 20;
  limits.max_head = 69;
  limits.max_headers = 3;
  limits.max_body = 4;
  const auto status = [&](const std::string& input) { return outcome_of(input, limits).status(); };
  CHECK(status(wire::get("/" + std::string(19, 't'))) == 0);
  CHECK(status(wire::get("/" + std::string(20, 't'))) == 414);
  CHECK(status(wire::post("A: 1\r\nB: 2\r\n")) == 0);
  CHECK(status(wire::post("A: 1\r\nB: 2\r\nC: 3\r\n")) == 431);
  CHECK(status(wire::post("A: 4567890123456789\r\nB: 456789012345678\r\n")) == 431);
  CHECK(status(wire::post("Content-Length: 4\r\n", "1234")) == 0);
  CHECK(status(wire::post("Content-Length: 5\r\n", "12345")) == 413);
  limits.max_line = 0;
  CHECK(status(wire::get("/")) == 414);
  limits.max_line = 1;
  CHECK(status(wire::get("/")) == 431);
  limits.max_headers = 0;
  CHECK(status("GET / HTTP/1.0\r\n\r\n") == 0);
  limits.max_head = 0;
  CHECK(status("GET / HTTP/1.0\r\n\r\n") == 431);
}

}  // namespace desist::test
