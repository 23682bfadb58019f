#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <nlohmann/json.hpp>

#include "end_to_end/house.hpp"

// Real processes and a real database behind a real config: what is asked is answered, what fails is said, and
// what ends early ends everywhere.

namespace desist::test {
namespace {

constexpr std::string_view sources = R"(
[source.greeting]
type = "command"
argv = ["printf", "hello, %s", "{name}"]
pass_env = ["PATH"]

[source.patient]
type = "command"
argv = ["sh", "-c", "echo $$ > patient-pid; sleep 1000 & wait", "sh"]
pass_env = ["PATH"]

[source.stubborn]
type = "command"
argv = ["sh", "-c", "trap '' TERM; echo $$ > stubborn-pid; while :; do sleep 0.05; done"]
pass_env = ["PATH"]
grace = "500ms"

[source.broken]
type = "command"
argv = ["sh", "-c", "while [ ! -s patient-pid ]; do sleep 0.01; done; echo secret >&2; exit 3"]
pass_env = ["PATH"]

[source.flood]
type = "command"
argv = ["sh", "-c", "yes"]
pass_env = ["PATH"]
max_output = "1MiB"

[source.closes]
type = "command"
argv = ["sh", "-c", "echo $$ > closes-pid; exec >&- 2>&-; sleep 1000"]
pass_env = ["PATH"]

[source.whose]
type = "command"
argv = ["sh", "-c", "printf %s \"$DESIST_REQUEST_ID\""]
pass_env = ["PATH"]

[source.inner]
type = "all"
of = ["whose"]

[source.middle]
type = "all"
of = ["inner"]

[source.outer]
type = "all"
of = ["middle", "count"]

[source.count]
type = "sqlite"
database = "numbers.db"
query = "select count(*) as n from numbers where n < :below"

[source.endless]
type = "sqlite"
database = "numbers.db"
query = "with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) as n from c"

[source.failing]
type = "all"
of = ["broken", "patient", "endless"]

[[route]]
path = "/greeting/{name}"
source = "greeting"

[[route]]
path = "/patient"
source = "patient"
timeout = "60s"

[[route]]
path = "/finish"
source = "patient"
on_disconnect = "finish"

[[route]]
path = "/stubborn"
source = "stubborn"
timeout = "300ms"

[[route]]
path = "/flood"
source = "flood"

[[route]]
path = "/closes"
source = "closes"

[[route]]
path = "/outer"
source = "outer"
params.below = { type = "integer", pattern = "[0-9]{1,6}", default = "10" }

[[route]]
path = "/count"
source = "count"
params.below = { type = "integer", pattern = "[0-9]{1,6}", default = "10" }

[[route]]
path = "/endless"
source = "endless"

[[route]]
path = "/failing"
source = "failing"
)";

// The config's paths are relative to its directory, which the House makes: so the database has an absolute
// one.
class Numbers {
 public:
  Numbers()
      : path_(std::filesystem::temp_directory_path() /
              ("desist-numbers-" + std::to_string(getpid()) + ".db")) {
    std::filesystem::remove(path_);
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(path_.c_str(), &database) == SQLITE_OK);
    const int made = sqlite3_exec(
        database,
        "create table numbers (n integer primary key); with recursive c(x) as (select 0 union all "
        "select x + 1 from c where x < 999) insert into numbers select x from c",
        nullptr, nullptr, nullptr);
    sqlite3_close(database);
    REQUIRE(made == SQLITE_OK);
  }
  Numbers(const Numbers&) = delete;
  Numbers& operator=(const Numbers&) = delete;
  ~Numbers() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  [[nodiscard]] std::string config() const {
    std::string text(sources);
    for (std::size_t at = 0; (at = text.find("numbers.db", at)) != std::string::npos;) {
      text.replace(at, 10, path_.string());
      at += path_.string().size();
    }
    return text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("data arrives and is returned: from a process, from a database, and from both as one JSON object") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config());
    CHECK(house.get("/greeting/ada", "one").body == "hello, ada");
    CHECK(nlohmann::json::parse(house.get("/count?below=7", "two").body) ==
          nlohmann::json::parse(R"([{"n":7}])"));
    const WireAnswer both = house.get("/outer", "three");
    CHECK(both.status == 200);
    CHECK(both.header("content-type").find("application/json") == 0);
    CHECK(both.header("x-request-id") == "three");
    // A value set at the front reaches the last dependant, three levels down.
    CHECK(nlohmann::json::parse(both.body) ==
          nlohmann::json::parse(R"({"middle": {"inner": {"whose": "three"}}, "count": [{"n": 10}]})"));
    const auto finished = house.ledger().finished("three");
    REQUIRE(finished.has_value());
    CHECK_FALSE(finished->cause.has_value());
    REQUIRE(finished->worker("whose", "command") != nullptr);
    CHECK(finished->worker("whose", "command")->outcome == Outcome::finished);
    CHECK(finished->worker("count", "sqlite")->outcome == Outcome::finished);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE(
    "a deadline passes: 504 at that moment though the process is stubborn, and SIGKILL after its grace") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config(), "overdue_after = \"100ms\"");
    const auto start = Clock::now();
    WireClient ada = house.asking("/stubborn", "ada");
    const auto answer = ada.answer();
    const auto waited = Clock::now() - start;
    REQUIRE(answer.has_value());
    CHECK(answer->status == 504);
    CHECK(waited >= 300ms);
    CHECK(answer->header("content-type") == "application/problem+json");
    CHECK(house.live("\"overdue\":true"));  // it is still in flight
    const auto finished = house.ledger().finished("ada");
    REQUIRE(finished.has_value());
    CHECK(finished->cause->reason == Reason::deadline_exceeded);
    CHECK(finished->stop_time() >= 450ms);  // the grace, before SIGKILL
    // The answer did not wait for the work: it was out before the work had ended.
    CHECK(waited < finished->closed - finished->framed);
    CHECK_FALSE(alive(std::stoi(house.file("stubborn-pid"))));
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE(
    "a dependant fails: its siblings, a process and a query, are cancelled, and the answer gives nothing "
    "away") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config());
    const WireAnswer answer = house.get("/failing", "ada");
    CHECK(answer.status == 502);
    CHECK(answer.body.find("secret") == std::string::npos);
    const auto finished = house.ledger().finished("ada");
    REQUIRE(finished.has_value());
    CHECK_FALSE(finished->cause.has_value());  // the request was not cancelled: it failed
    CHECK(finished->worker("broken", "command")->outcome == Outcome::failed);
    CHECK(finished->worker("patient", "command")->outcome == Outcome::cancelled);
    CHECK(finished->worker("endless", "sqlite")->outcome == Outcome::cancelled);
    CHECK_FALSE(alive(std::stoi(house.file("patient-pid"))));
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE(
    "a client leaves a query: it is interrupted within milliseconds, and its connection serves the next") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config());
    for (int round = 0; round < 20; ++round) {
      const std::string id = "round-" + std::to_string(round);
      WireClient ada = house.asking("/endless", id);
      REQUIRE(house.live("\"kind\":\"sqlite\""));
      ada.close();
      const auto finished = house.ledger().finished(id);
      REQUIRE(finished.has_value());
      CHECK(finished->cause->reason == Reason::client_gone);
      CHECK(finished->stop_time() < 1s);
      CHECK(house.get("/count", "after-" + id).status == 200);
    }
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("a process that floods its output is ended, and the answer is 502") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config());
    CHECK(house.get("/flood", "ada").status == 502);
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("a process that closes its output and runs on is still told when its client leaves") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config());
    WireClient ada = house.asking("/closes", "ada");
    const pid_t pid = std::stoi(house.file("closes-pid"));
    ada.close();
    REQUIRE(house.ledger().finished("ada").has_value());
    CHECK_FALSE(alive(pid));
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("a route that finishes goes on when its client leaves; the shutdown still ends it") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config(), "shutdown_grace = \"100ms\"");
    WireClient ada = house.asking("/finish", "ada");
    const pid_t pid = std::stoi(house.file("patient-pid"));
    ada.close();
    WireClient bob = house.asking("/closes", "bob");
    (void)house.file("closes-pid");
    bob.close();
    REQUIRE(house.ledger().finished("bob").has_value());
    CHECK(alive(pid));
    CHECK(house.live("\"id\":\"ada\""));
    CHECK(house.server().shutdown());
    const auto finished = house.ledger().finished("ada");
    REQUIRE(finished.has_value());
    CHECK(finished->cause->reason == Reason::shutting_down);
    CHECK_FALSE(alive(pid));
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE(
    "the server stops while ten clients wait: each is answered 503, and all that worked for them is gone") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config(), "shutdown_grace = \"100ms\"");
    std::vector<WireClient> clients;
    for (int i = 0; i < 10; ++i) clients.push_back(house.asking("/endless", "c" + std::to_string(i)));
    REQUIRE(eventually([&] { return house.ledger().opened() == 10; }));
    CHECK(house.server().shutdown());
    for (WireClient& client : clients) {
      const auto answer = client.answer();
      REQUIRE(answer.has_value());
      CHECK(answer->status == 503);
    }
    for (const Finished& finished : house.ledger().all()) {
      REQUIRE(finished.cause.has_value());
      CHECK(finished.cause->reason == Reason::shutting_down);
    }
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE("a full server turns people away with 503, its admin still answers, and it recovers") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config(), "max_in_flight = 4");
    std::vector<WireClient> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(house.asking("/endless", "c" + std::to_string(i)));
    REQUIRE(eventually([&] { return house.ledger().opened() == 4; }));
    const WireAnswer turned_away = house.get("/count", "late");
    CHECK(turned_away.status == 503);
    CHECK(turned_away.header("retry-after") == "1");
    CHECK(house.admin("/health").status == 200);
    CHECK(nlohmann::json::parse(house.admin("/requests").body).at("requests").size() == 4);
    clients.clear();
    CHECK(eventually([&] { return house.get("/count", "again").status == 200; }));
  }
  DESIST_NOTHING_LEFT(baseline);
}

TEST_CASE(
    "a fetch that ends as its client leaves is either finished or cancelled, and who stays is always "
    "answered") {
  const Numbers numbers;
  const Baseline baseline;
  {
    const House house(numbers.config());
    constexpr std::size_t rounds = 2000;
    std::mt19937 random(20260101);
    std::size_t cut = 0;
    for (std::size_t round = 0; round < rounds; ++round) {
      WireClient ada = house.asking("/count", "ada");
      const auto moment = Clock::now() + std::chrono::microseconds(random() % 600);
      while (Clock::now() < moment) std::this_thread::yield();
      round % 2 == 0 ? ada.close() : ada.reset();
      if (round % 20 == 0) CHECK(house.get("/count?below=3", "bob").body == R"([{"n":3}])");
    }
    REQUIRE(eventually([&] { return house.ledger().closed() == house.ledger().opened(); }));
    for (const Finished& finished : house.ledger().all()) {
      const WorkerView* query = finished.worker("count", "sqlite");
      if (finished.status == 499) {
        ++cut;
        REQUIRE(finished.cause.has_value());
        CHECK(finished.cause->reason == Reason::client_gone);
      } else {
        CHECK(finished.status == 200);
        CHECK_FALSE(finished.cause.has_value());
        REQUIRE(query != nullptr);
        CHECK(query->outcome == Outcome::finished);
      }
    }
    MESSAGE("of ", rounds, " clients that left, ", cut, " left before the end");
  }
  DESIST_NOTHING_LEFT(baseline);
}

}  // namespace desist::test
