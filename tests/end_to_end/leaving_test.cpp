#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "end_to_end/house.hpp"

// Clients that leave, in every way there is, while a process with grandchildren works for them.

namespace desist::test {
namespace {

// A parent that forks two children, writes all three process ids, and waits. `ID-pids` has them; `ID-began`
// shows that it ran at all.
constexpr std::string_view family = R"(
[source.family]
type = "command"
argv = ["sh", "-c", "echo $$ > $1-began; sleep 1000 & a=$!; sleep 1000 & b=$!; echo $$ $a $b > $1-pids; wait", "sh", "{name}"]
pass_env = ["PATH"]

[[route]]
path = "/family/{name}"
source = "family"

[[route]]
path = "/kept/{name}"
source = "family"
half_close = "keep"
timeout = "60s"
)";

std::vector<pid_t> pids_of(const House& house, const std::string& name) {
  std::istringstream text(house.file(name + "-pids"));
  std::vector<pid_t> pids;
  for (pid_t pid = 0; text >> pid;) pids.push_back(pid);
  return pids;
}

bool all_gone(const std::vector<pid_t>& pids) {
  return std::none_of(pids.begin(), pids.end(), [](pid_t pid) { return alive(pid); });
}

// The work of `id` was told that its client is gone, and every process of it has ended by the time it closed.
void check_given_up(const House& house, const std::string& id, const std::vector<pid_t>& pids) {
  const auto finished = house.ledger().finished(id);
  REQUIRE(finished.has_value());
  CHECK(finished->status == 499);
  REQUIRE(finished->cause.has_value());
  CHECK(finished->cause->reason == Reason::client_gone);
  CHECK(finished->stop_time() < 1s);  // well below the grace of two seconds: SIGTERM was enough
  const WorkerView* command = finished->worker("family", "command");
  REQUIRE(command != nullptr);
  CHECK(command->outcome == Outcome::cancelled);
  CHECK(pids.size() == 3);
  CHECK(all_gone(pids));
}

}  // namespace

TEST_CASE("a client leaves by FIN: the process, and all that it forked, is gone when the request closes") {
  const Baseline baseline;
  {
    const House house(family);
    WireClient ada = house.asking("/family/ada", "ada");
    const auto pids = pids_of(house, "ada");
    ada.close();
    check_given_up(house, "ada", pids);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("a client leaves by RST: the process, and all that it forked, is gone when the request closes") {
  const Baseline baseline;
  {
    const House house(family);
    WireClient ada = house.asking("/family/ada", "ada");
    const auto pids = pids_of(house, "ada");
    ada.reset();
    check_given_up(house, "ada", pids);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("a client that half-closes counts as gone") {
  const Baseline baseline;
  {
    const House house(family);
    WireClient ada = house.asking("/family/ada", "ada");
    const auto pids = pids_of(house, "ada");
    ada.half_close();
    check_given_up(house, "ada", pids);
    CHECK(ada.end() != WireClient::End::open);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("on a route that keeps half-closed clients the work goes on, and a reset still ends it") {
  const Baseline baseline;
  {
    const House house(family);
    WireClient ada = house.asking("/kept/ada", "ada");
    const auto pids = pids_of(house, "ada");
    ada.half_close();
    // The admin answers after the front has seen the half-close of another client, which was sent later.
    WireClient bob = house.asking("/family/bob", "bob");
    (void)pids_of(house, "bob");
    bob.half_close();
    REQUIRE(house.ledger().finished("bob").has_value());
    CHECK(house.live("\"id\":\"ada\""));
    CHECK(alive(pids.at(0)));
    ada.reset();
    check_given_up(house, "ada", pids);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE(
    "a client leaves with a second request behind the first in the same segment: the second never runs") {
  const Baseline baseline;
  {
    const House house(family);
    WireClient ada = house.client();
    ada.send(
        "GET /family/first HTTP/1.1\r\nHost: h\r\nX-Request-Id: first\r\n\r\n"
        "GET /family/second HTTP/1.1\r\nHost: h\r\nX-Request-Id: second\r\n\r\n");
    const auto pids = pids_of(house, "first");
    ada.close();
    check_given_up(house, "first", pids);
    CHECK(house.get("/none", "later").status == 404);  // the front has gone on
    CHECK_FALSE(house.exists("second-began"));
    for (const Finished& finished : house.ledger().all()) CHECK(finished.id != "second");
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("a client leaves with a second request that came later: the second never runs") {
  const Baseline baseline;
  {
    const House house(family);
    WireClient ada = house.asking("/family/first", "first");
    const auto pids = pids_of(house, "first");
    ada.get("/family/second", "X-Request-Id: second\r\n");
    ada.close();
    check_given_up(house, "first", pids);
    CHECK(house.get("/none", "later").status == 404);
    CHECK_FALSE(house.exists("second-began"));
    for (const Finished& finished : house.ledger().all()) CHECK(finished.id != "second");
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("one client leaves and its neighbours' processes work on") {
  const Baseline baseline;
  {
    const House house(family);
    WireClient ada = house.asking("/family/ada", "ada");
    WireClient bob = house.asking("/family/bob", "bob");
    WireClient eve = house.asking("/family/eve", "eve");
    const auto ada_pids = pids_of(house, "ada");
    const auto bob_pids = pids_of(house, "bob");
    const auto eve_pids = pids_of(house, "eve");
    bob.close();
    check_given_up(house, "bob", bob_pids);
    for (const auto& pids : {ada_pids, eve_pids}) {
      CHECK(std::all_of(pids.begin(), pids.end(), [](pid_t pid) { return alive(pid); }));
    }
    ada.close();
    eve.reset();
    check_given_up(house, "ada", ada_pids);
    check_given_up(house, "eve", eve_pids);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("an operator cancels a request: its client is answered 503, and its processes are gone") {
  const Baseline baseline;
  {
    const House house(family);
    WireClient ada = house.asking("/family/ada", "ada");
    const auto pids = pids_of(house, "ada");
    CHECK(house.admin("/requests/nobody", "DELETE").status == 404);
    CHECK(house.admin("/requests/ada", "DELETE").status == 202);
    const auto answer = ada.answer();
    REQUIRE(answer.has_value());
    CHECK(answer->status == 503);
    const auto finished = house.ledger().finished("ada");
    REQUIRE(finished.has_value());
    REQUIRE(finished->cause.has_value());
    CHECK(finished->cause->reason == Reason::operator_cancelled);
    CHECK(all_gone(pids));
  }
  DESIST_NOTHING_LEFT(baseline);
}

}  // namespace desist::test
