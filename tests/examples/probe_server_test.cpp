#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "examples.hpp"
#include "probe.hpp"
#include "support/eventually.hpp"

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

TEST_CASE("the probe server that leaves work behind says so by its exit status") {
  // That 300 threads end before the third signal is read is hardly ever so; where it is, that signal may find
  // a process that no longer waits for any.
  std::optional<int> status;
  for (int i = 0; i < 20 && status != 1; ++i) {
    Probe probe;
    const WireClient ada = probe.asking("/fan/ada?n=300");
    REQUIRE(probe.waiting(1));
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) probe.program().signal(signal);
    status = probe.program().exit_status();
    CHECK((status == 0 || status == 1 || status == 128 + SIGHUP));
    CHECK(probe.program().errors() ==
          (status == 1 ? "probe_server: some work has not stopped\n" : std::string()));
  }
  CHECK(status == 1);
}

TEST_CASE("the probe server says an IPv6 address as one that can be asked") {
  const Program program({.arguments = {"--listen", "[::1]:0"}, .path = example("probe_server")});
  REQUIRE(eventually([&] { return (program.output() + program.errors()).ends_with('\n'); }));
  if (program.errors().starts_with("probe_server: cannot listen on [::1]:0")) {
    MESSAGE("no IPv6 here");
    return;
  }
  const std::string head = "listening on [::1]:";
  const std::string line = program.output();
  REQUIRE(line.starts_with(head));
  CHECK(std::stoi(line.substr(head.size())) > 0);
}

TEST_CASE("the probe server refuses what it does not know, and an address that it cannot have") {
  for (const auto& arguments : {std::vector<std::string>{"--listen"},
                                {"--listen", "127.0.0.1"},
                                {"--listen", "127.0.0.1:many"},
                                {"--listen", ":0"},
                                {"--listen", "::1:0"},
                                {"--listen", "[::1:0"},
                                {"--listen", "[127.0.0.1]:0"},
                                {"--port", "1"}}) {
    CAPTURE(arguments.back());
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
