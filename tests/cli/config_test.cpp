#include "cli/config.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace desist;
using namespace desist::cli;

namespace {

Config good(const std::string& text, const std::string& file = "/etc/desist/desist.toml") {
  Reading reading = read_config(text, file);
  REQUIRE(reading.problems.report(file) == "");
  return std::move(reading.config);
}

const char* const smallest = R"(
[source.hello]
type = "command"
argv = ["echo", "hello"]
[[route]]
path = "/"
source = "hello"
)";

}  // namespace

TEST_CASE("a config needs a source and a route, and the rest has defaults") {
  const Config config = good(smallest);
  CHECK(config.server.listen.address == "127.0.0.1");
  CHECK(config.server.listen.port == 8080);
  CHECK_FALSE(config.server.admin.has_value());
  CHECK(config.server.log_format == ServerOptions::LogFormat::automatic);
  CHECK(config.server.limits.max_head == 32 * 1024);
  CHECK(config.server.limits.max_line == 8000);
  REQUIRE(config.sources.size() == 1);
  const auto& hello = std::get<Command::Options>(config.sources.at("hello").settings);
  CHECK(hello.name == "hello");
  CHECK(hello.argv == std::vector<std::string>{"echo", "hello"});
  CHECK(hello.grace == 2s);
  CHECK(hello.directory == "/etc/desist/");
  REQUIRE(config.routes.size() == 1);
  CHECK(config.routes[0].route.methods == std::vector<std::string>{"GET"});
  CHECK_FALSE(config.routes[0].route.timeout.has_value());
}

TEST_CASE("every key of a config is read, with its unit") {
  const Config config = good(R"(
[server]
listen = "[::1]:0"
max_in_flight = 7
max_connections = 8
header_timeout = "1500ms"
body_timeout = "2s"
write_timeout = "3m"
idle_timeout = "4h"
max_head = "2KiB"
max_headers = 9
max_body = "0B"
shutdown_grace = "0s"
stop_timeout = "5s"
overdue_after = "6s"
[admin]
listen = "127.0.0.1:9180"
[log]
format = "text"
[source.report]
type = "command"
argv = ["./bin/report", "--year={year}", "{{}}"]
directory = "data"
grace = "250ms"
content_type = "application/json"
input = "body"
leading_dash = "allow"
env = { LANG = "C.UTF-8" }
pass_env = ["PATH"]
max_output = "1MiB"
[source.orders]
type = "sqlite"
database = "db/orders.db"
query = "select * from orders where day = :day limit :limit"
max_rows = 11
max_connections = 3
access = "read_write"
[source.page]
type = "all"
of = ["report", "orders"]
[[route]]
path = "/page/{year}/{day}"
methods = ["GET", "POST"]
source = "page"
timeout = "30s"
on_disconnect = "finish"
half_close = "keep"
params.year = "[0-9]{4}"
params.day = { pattern = "[0-9-]+" }
params.limit = { type = "integer", default = "100" }
)");
  const ServerOptions& server = config.server;
  CHECK(server.listen.address == "::1");
  CHECK(server.listen.port == 0);
  CHECK(server.limits.max_in_flight == 7);
  CHECK(server.limits.max_connections == 8);
  CHECK(server.limits.header_timeout == Duration(1500ms));
  CHECK(server.limits.body_timeout == Duration(2s));
  CHECK(server.limits.write_timeout == Duration(3min));
  CHECK(server.limits.idle_timeout == Duration(4h));
  CHECK(server.limits.max_head == 2048);
  CHECK(server.limits.max_line == 2048);
  CHECK(server.limits.max_headers == 9);
  CHECK(server.limits.max_body == 0);
  CHECK(server.shutdown_grace == Duration::zero());
  CHECK(server.stop_timeout == Duration(5s));
  CHECK(server.overdue_after == Duration(6s));
  REQUIRE(server.admin.has_value());
  CHECK(server.admin->port == 9180);
  CHECK(server.log_format == ServerOptions::LogFormat::text);

  const auto& report = std::get<Command::Options>(config.sources.at("report").settings);
  CHECK(report.argv == std::vector<std::string>{"/etc/desist/bin/report", "--year={year}", "{{}}"});
  CHECK(report.directory == "/etc/desist/data");
  CHECK(report.grace == 250ms);
  CHECK(report.content_type == "application/json");
  CHECK(report.input == Command::Input::body);
  CHECK(report.leading_dash == Command::LeadingDash::allowed);
  CHECK(report.env == std::map<std::string, std::string>{{"LANG", "C.UTF-8"}});
  CHECK(report.pass_env == std::vector<std::string>{"PATH"});
  CHECK(report.max_output == 1024 * 1024);

  const auto& orders = std::get<Sqlite::Options>(config.sources.at("orders").settings);
  CHECK(orders.name == "orders");
  CHECK(orders.database == "/etc/desist/db/orders.db");
  CHECK(orders.max_rows == 11);
  CHECK(orders.max_connections == 3);
  CHECK(orders.access == Sqlite::Access::read_write);

  const auto& page = std::get<Composite>(config.sources.at("page").settings);
  REQUIRE(page.of.size() == 2);
  CHECK(page.of[1].name == "orders");

  REQUIRE(config.routes.size() == 1);
  const RouteConfig& route = config.routes[0];
  CHECK(route.source == "page");
  CHECK(route.route.path == "/page/{year}/{day}");
  CHECK(route.route.methods == std::vector<std::string>{"GET", "POST"});
  CHECK(route.route.timeout == Duration(30s));
  CHECK(route.route.on_disconnect == OnDisconnect::finish);
  CHECK(route.route.half_close == HalfClose::keep);
  REQUIRE(route.route.params.size() == 3);
  CHECK(route.route.params.at("year").pattern == "[0-9]{4}");
  CHECK(route.route.params.at("day").pattern == "[0-9-]+");
  CHECK(route.route.params.at("limit").type == Param::Type::integer);
  CHECK(route.route.params.at("limit").fallback == "100");
}

TEST_CASE("the config of the manual is read, with every key that it shows, and so is the quickstart's") {
  const std::string root = std::getenv("DESIST_ROOT");
  std::ifstream manual(root + "/docs/config.md");
  REQUIRE(manual.good());
  std::string text;
  bool inside = false;
  for (std::string line; std::getline(manual, line);) {
    if (line.rfind("```", 0) == 0) {
      inside = line == "```toml";
    } else if (inside) {
      text += line + "\n";
    }
  }
  CHECK(good(text).routes.size() == 1);
  CHECK(read_config_file(root + "/examples/quickstart/desist.toml").problems.report("") == "");
}

TEST_CASE("relative paths begin at the config file, wherever it is read from") {
  const Config config = good(R"(
[source.a]
type = "command"
argv = ["/bin/echo"]
directory = "/"
[source.b]
type = "command"
argv = ["../b"]
[[route]]
path = "/"
source = "a"
)",
                             "sub/desist.toml");
  CHECK(std::get<Command::Options>(config.sources.at("a").settings).argv[0] == "/bin/echo");
  CHECK(std::get<Command::Options>(config.sources.at("a").settings).directory == "/");
  CHECK(std::get<Command::Options>(config.sources.at("b").settings).argv[0] ==
        (std::filesystem::current_path() / "b").string());
}

TEST_CASE("one path may serve different methods by different routes") {
  const Config config = good(R"(
[source.a]
type = "command"
argv = ["true"]
[[route]]
path = "/x/{a}"
source = "a"
[[route]]
path = "/x/{b}"
methods = ["POST"]
source = "a"
[[route]]
path = "/x/b"
source = "a"
)");
  CHECK(config.routes.size() == 3);
}
