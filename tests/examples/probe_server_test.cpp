#include <csignal>
#include <string>

#include <doctest/doctest.h>

#include "examples.hpp"
#include "probe.hpp"

namespace desist::test {
namespace {

/// Asks, waits until the work waits, leaves, and gives what was noted; with when the client left.
struct Left {
  std::int64_t at = 0;
  Probe::Stop noted;
};

Left leave(Probe& probe, const std::string& target, void (WireClient::*how)()) {
  WireClient client = probe.asking(target);
  REQUIRE(probe.waiting(1));
  Left left{.at = monotonic_ns(), .noted = {}};
  (client.*how)();
  const auto stops = probe.stops(1);
  REQUIRE(stops.size() == 1);
  REQUIRE(stops.contains("ada"));
  left.noted = stops.at("ada");
  return left;
}

}  // namespace

TEST_CASE("the probe server notes when a request whose client leaves was told, and when its worker ran") {
  Probe probe;
  for (const char* target : {"/wait/ada", "/fan/ada?n=1", "/fan/ada?n=10"}) {
    for (const auto how : {&WireClient::close, &WireClient::reset, &WireClient::half_close}) {
      CAPTURE(target);
      const Left left = leave(probe, target, how);
      CHECK(left.at < left.noted.told);
      CHECK(left.noted.told <= left.noted.awake);
      CHECK(left.noted.awake < monotonic_ns());
      CHECK(probe.get("/stops").empty());  // forgotten
      CHECK(probe.get("/inflight") == "0\n");
    }
  }
}

TEST_CASE("the probe server says hello as plain text") {
  const Probe probe;
  const auto answer = probe.asking("/hello").answer();
  REQUIRE(answer.has_value());
  CHECK(answer->status == 200);
  CHECK(answer->body == "hello, world");
  CHECK(answer->header("content-type").starts_with("text/plain"));
}

TEST_CASE("the probe server wants to know how many children to make") {
  const Probe probe;
  for (const char* target : {"/fan/ada", "/fan/ada?n=0", "/fan/ada?n=many", "/fan/ada?n=10000"}) {
    CAPTURE(target);
    const auto answer = probe.asking(target).answer();
    REQUIRE(answer.has_value());
    CHECK(answer->status == 400);
  }
}

TEST_CASE("the probe server ends by a signal, whoever waits") {
  for (const int signal : {SIGTERM, SIGINT}) {
    Probe probe;
    WireClient ada = probe.asking("/wait/ada");
    WireClient bob = probe.asking("/fan/bob?n=3");
    REQUIRE(probe.waiting(2));
    probe.program().signal(signal);
    for (WireClient* const client : {&ada, &bob}) {
      const auto answer = client->answer();
      REQUIRE(answer.has_value());
      CHECK(answer->status == 503);
      client->close();  // or the server waits for it a while
    }
    CHECK(probe.program().exit_status() == 0);
  }
}

TEST_CASE("the probe server refuses what it does not know, and an address that it cannot have") {
  for (const auto& arguments : {std::vector<std::string>{"--listen"},
                                {"--listen", "127.0.0.1"},
                                {"--listen", "127.0.0.1:many"},
                                {"--port", "1"}}) {
    Program program({.arguments = arguments, .path = example("probe_server")});
    CHECK(program.exit_status() == 2);
    CHECK(program.errors().starts_with("usage: probe_server"));
  }
  const Probe first;
  Program second({.arguments = {"--listen", "127.0.0.1:" + std::to_string(first.port())},
                  .path = example("probe_server")});
  CHECK(second.exit_status() == 1);
  CHECK(second.errors().find("Address already in use") != std::string::npos);
}

}  // namespace desist::test
