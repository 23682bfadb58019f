#include <chrono>
#include <csignal>
#include <ctime>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "examples.hpp"
#include "support/eventually.hpp"
#include "support/wire_client.hpp"

namespace desist::test {
namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Waits until the program burns processor time, as no idle server does.
bool computes(const Program& program) {
  clockid_t clock = 0;
  if (clock_getcpuclockid(program.pid(), &clock) != 0) return false;
  const auto used = [clock] {
    timespec time = {};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  const auto before = used();
  return eventually([&] { return used() > before + std::chrono::milliseconds(100); });
}

}  // namespace

TEST_CASE("the embedded server answers with the sum of its two dependants") {
  Program server({.arguments = {"0"}, .path = example("embed")});
  WireClient client(server.port());
  const auto primes_below = [&](const std::string& n) {
    client.get("/primes/" + n);
    const auto answer = client.answer();
    return answer ? answer->body : "no answer";
  };
  CHECK(primes_below("0") == "0\n");
  CHECK(primes_below("3") == "1\n");
  CHECK(primes_below("5") == "2\n");
  CHECK(primes_below("1000") == "168\n");

  client.get("/primes/many");
  const auto refused = client.answer();
  REQUIRE(refused.has_value());
  CHECK(refused->status == 400);

  server.signal(SIGTERM);
  CHECK(server.exit_status() == 0);
}

TEST_CASE("both dependants of the embedded server are told when the client leaves") {
  Program server({.arguments = {"0"}, .path = example("embed")});
  WireClient ada(server.port());
  ada.get("/primes/1000000000000", "X-Request-Id: ada\r\n");
  REQUIRE(computes(server));
  ada.close();
  // Both would loop for days. The workers stand last in the line.
  REQUIRE(server.logs(R"({"name":"large","kind":"task","outcome":"cancelled")"));
  const std::string log = server.errors();
  CHECK(contains(log, R"("id":"ada")"));
  CHECK(contains(log, R"("status":499)"));
  CHECK(contains(log, R"("cause":"client_gone")"));
  CHECK(contains(log, R"({"name":"small","kind":"task","outcome":"cancelled")"));
  server.signal(SIGTERM);
  CHECK(server.exit_status() == 0);  // nothing is left to wait for
}

TEST_CASE("a second signal ends the embedded server's work") {
  Program server({.arguments = {"0"}, .path = example("embed")});
  WireClient ada(server.port());
  ada.get("/primes/1000000000000");
  REQUIRE(computes(server));
  server.signal(SIGINT);
  REQUIRE(server.logs("draining"));
  server.signal(SIGTERM);
  const auto answer = ada.answer();
  REQUIRE(answer.has_value());
  CHECK(answer->status == 503);
  ada.close();  // or the server waits for it a while
  CHECK(server.exit_status() == 0);
  CHECK(server.logs(R"("cause":"shutting_down")"));
}

TEST_CASE("the embedded server that cannot start says why in a line, and fails") {
  const Program first({.arguments = {"0"}, .path = example("embed")});
  const std::string taken = std::to_string(first.port());
  Program second({.arguments = {taken}, .path = example("embed")});
  CHECK(second.exit_status() == 1);
  CHECK(second.errors() == "embed: cannot listen on 127.0.0.1:" + taken + ": Address already in use\n");

  for (const char* port : {"", "many", "-1", "+1", "80x", " 80", "65536", "99999999999999999999", "--help"}) {
    CAPTURE(port);
    Program refused({.arguments = {port}, .path = example("embed")});
    CHECK(refused.exit_status() == 1);
    CHECK(refused.errors() == "embed: a port is from 0 to 65535\n");
  }
}

}  // namespace desist::test
