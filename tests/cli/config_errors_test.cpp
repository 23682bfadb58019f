#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "cli/config.hpp"

// Each file, and all that is said of it. A file of a TEST_CASE that is about something else ends with a
// source and a route that are right.

namespace {

struct Case {
  std::string text;
  std::string report;
};

const std::string right_rest = R"~([source.ok]
type = "command"
argv = ["true"]
[[route]]
path = "/ok"
source = "ok"
)~";

void check(const std::vector<Case>& cases, const std::string& rest) {
  for (const Case& one : cases) {
    const desist::cli::Reading reading = desist::cli::read_config(one.text + rest, "x");
    CAPTURE(one.text);
    CHECK("\n" + reading.problems.report("x") == one.report);
  }
}

}  // namespace

TEST_CASE("values of the server that cannot work are refused, each with what would be right") {
  const std::vector<Case> cases = {
      {R"~([server]
listen = "localhost:8080"
max_in_flight = 0
max_connections = "many"
header_timeout = 10
body_timeout = "10"
write_timeout = "1m30s"
idle_timeout = "0s"
max_head = "32KB"
max_headers = 1.5
max_body = 1000
shutdown_grace = "-1s"
stop_timeout = "9000h"
overdue_after = true
)~",
       R"~(
x:2:10: listen: "localhost" is no IP address; write one, such as "127.0.0.1:8080"
x:3:17: max_in_flight: 0 is out of range; write a number from 1 to 1000000
x:4:19: max_connections: the string "many" where an integer belongs; write max_connections = 10000
x:5:18: header_timeout: the integer 10 has no unit; write header_timeout = "10s" (or ms, m, h)
x:6:16: body_timeout: "10" has no unit; write "10s" (or ms, m, h)
x:7:17: write_timeout: "1m30s" is not a duration; write a whole number and one unit: "250ms", "10s", "5m", "1h"
x:8:16: idle_timeout: "0s" is too short; write "1ms" to "8760h"
x:9:12: max_head: "32KB" has no unit of ours; write "32KiB" (or B, KiB, MiB)
x:10:15: max_headers: the number 1.5 where an integer belongs; write max_headers = 100
x:11:12: max_body: the integer 1000 has no unit; write max_body = "1000B" (or KiB, MiB)
x:12:18: shutdown_grace: "-1s" is not a duration; write a whole number and one unit: "250ms", "10s", "5m", "1h"
x:13:16: stop_timeout: "9000h" is longer than a year; write at most "8760h"
x:14:17: overdue_after: the boolean true where a string belongs; write overdue_after = "1s"
)~"},
      {R"~([server]
listen = 8080
max_head = "512B"
max_body = "2000MiB"
max_headers = -1
)~",
       R"~(
x:2:10: listen: the integer 8080 has no address; write listen = "127.0.0.1:8080"
x:3:12: max_head: "512B" is too small; write "1KiB" to "16MiB"
x:4:12: max_body: "2000MiB" is too large; write "0B" to "1024MiB"
x:5:15: max_headers: -1 is out of range; write a number from 1 to 10000
)~"},
      {R"~([server]
listen = "127.0.0.1:8080"
[admin]
listen = "127.0.0.1:8080"
[log]
format = "jsn"
)~",
       R"~(
x:4:10: listen: "127.0.0.1:8080" is the server's own; write another port: "127.0.0.1:9180"
x:6:10: format: "jsn" is not one of its values; did you mean "json"?
)~"},
      {R"~([admin]
)~",
       R"~(
x:1:1: [admin]: listen is missing; add listen = "127.0.0.1:9180"
)~"},
      {R"~(server = "here"
log = [1]
)~",
       R"~(
x:1:10: server: the string "here" where a table belongs; write [server]
x:2:7: log: an array where a table belongs; write [log]
)~"},
  };
  check(cases, right_rest);
}

TEST_CASE("a misspelt key is named with the one that was meant, and a strange one with all that are known") {
  const std::vector<Case> cases = {
      {R"~([sever]
listen = "127.0.0.1:8080"
[server]
max_inflight = 5
hedaer_timeout = "1s"
[admin]
listen = "127.0.0.1:9180"
colour = "red"
)~",
       R"~(
x:1:2: unknown key "sever" in the file; did you mean "server"?
x:4:1: unknown key "max_inflight" in [server]; did you mean "max_in_flight"?
x:5:1: unknown key "hedaer_timeout" in [server]; did you mean "header_timeout"?
x:8:1: unknown key "colour" in [admin]; known here: listen
)~"},
  };
  check(cases, right_rest);
}

TEST_CASE("a source is refused for what its type cannot have") {
  const std::vector<Case> cases = {
      {R"~([source.report]
type = "command"
argv = "python3 report.py"
graze = "2s"
env = { "A B" = "x", DESIST_TIMEOUT_MS = "1", N = 5, M = "6" }
pass_env = ["PATH", "M", 3, "a=b"]
)~",
       R"~(
x:3:8: argv: a string, but there is no shell to split it; write argv = ["python3", "report.py", "{year}"]
x:4:1: unknown key "graze" in [source.report]; did you mean "grace"?
x:5:9: env: "A B" is no name of a variable; write letters, digits and "_"
x:5:22: env: "DESIST_TIMEOUT_MS" is set for every command of [source.report]; leave it out
x:5:51: env: the integer 5 where a string belongs; write env = { LANG = "C.UTF-8" }
x:6:21: pass_env: "M" has a value in env already; keep one of the two
x:6:26: pass_env: the integer 3 in an array of strings; write pass_env = ["PATH"]
x:6:29: pass_env: "a=b" is no name of a variable; write letters, digits and "_"
)~"},
      {R"~([source.report]
type = "command"
argv = ["x", "{year", "{}", "a}", "{ok}"]
content_type = "text"
input = "stdin"
leading_dash = "yes"
max_output = "0B"
directory = 5
)~",
       R"~(
x:3:14: argv: "{" is never closed; write "{name}", or "{{" for the brace itself
x:3:23: argv: "{}" names no parameter; write "{name}", or "{{" and "}}" for braces
x:3:29: argv: a single "}" closes nothing; write "}}" for the brace itself
x:4:16: content_type: "text" is no media type; write one, such as "application/json"
x:5:9: input: "stdin" is not one of its values; known here: none, body
x:6:16: leading_dash: "yes" is not one of its values; known here: refuse, allow
x:7:14: max_output: "0B" is too small; write "1B" to "1024MiB"
x:8:13: directory: the integer 5 where a string belongs; write directory = "."
)~"},
      {R"~([source.a]
type = "command"
argv = []
[source.b]
type = "command"
argv = ["{program}"]
[source.c]
type = "command"
[source.d]
argv = ["true"]
[source.e]
type = "comand"
[source.f]
type = 1
[source."1x"]
type = "command"
argv = ["true"]
[source.g]
type = "command"
argv = ["true", "a\u0000b"]
)~",
       R"~(
x:3:8: argv: an empty array; write argv = ["python3", "report.py", "{year}"]
x:6:9: argv: a request must not choose the program; write its name, and placeholders in its arguments
x:7:1: [source.c]: argv is missing; add argv = ["python3", "report.py", "{year}"]
x:9:1: [source.d]: type is missing; add type = "command", "sqlite" or "all"
x:12:8: type: "comand" is not one of its values; did you mean "command"?
x:14:8: type: the integer 1 where a string belongs; write type = "command"
x:15:1: "1x" cannot name a source; write letters, digits, "_" and "-", at most 47, not beginning with a digit or "-"
x:20:17: argv: a NUL character in an array of strings; write argv = ["python3", "report.py", "{year}"]
)~"},
      {R"~([source.orders]
type = "sqlite"
database = ""
query = "select ?"
max_rows = 0
max_connections = 5000
access = "write"
[source.more]
type = "sqlite"
argv = ["true"]
)~",
       R"~(
x:3:12: database: names no file; write database = "orders.db"
x:4:9: query: "?" has no name; write ":name"
x:5:12: max_rows: 0 is out of range; write a number from 1 to 100000000
x:6:19: max_connections: 5000 is out of range; write a number from 1 to 1000
x:7:10: access: "write" is not one of its values; known here: read_only, read_write
x:8:1: [source.more]: database is missing; add database = "orders.db"
x:8:1: [source.more]: query is missing; add query = "select * from orders where day = :day"
x:10:1: unknown key "argv" in [source.more]; known here: type, database, query, max_rows, max_connections, access
)~"},
      {R"~([source]
type = "command"
)~",
       R"~(
x:2:1: source: "type" is the string "command" where a table belongs; write [source.NAME]
)~"},
  };
  check(cases, right_rest);
}

TEST_CASE("a composite is refused for parts that are unknown, doubled, none, or itself") {
  const std::vector<Case> cases = {
      {R"~([source.one]
type = "all"
of = ["ok", "ok", "oka"]
[source.two]
type = "all"
of = []
[source.three]
type = "all"
[source.four]
type = "all"
of = ["four"]
[source.x]
type = "all"
of = ["y"]
[source.y]
type = "all"
of = ["ok", "z"]
[source.z]
type = "all"
of = ["x"]
)~",
       R"~(
x:3:13: of: "ok" stands in it twice; name each part once
x:3:19: of: there is no source "oka"; did you mean "ok"?
x:6:6: of: an empty array; write of = ["report", "orders"]
x:7:1: [source.three]: of is missing; add of = ["report", "orders"]
x:11:7: of: a circle: four -> four; take one of them out of an "of"
x:20:7: of: a circle: x -> y -> z -> x; take one of them out of an "of"
)~"},
  };
  check(cases, right_rest);
}

TEST_CASE("a route is refused for what cannot be served") {
  const std::vector<Case> cases = {
      {R"~([[route]]
path = "reports"
methods = ["get", "GET", "GET", "TRACE"]
source = "okk"
timeout = "0ms"
on_disconnect = "stop"
half_close = 1
[[route]]
path = "/a{b}"
methods = []
source = "ok"
[[route]]
path = "/a//b"
methods = "GET"
source = "ok"
[[route]]
path = "/{a}/{a}"
source = "ok"
[[route]]
[[route]]
path = "/a/../b?c"
source = 5
)~",
       R"~(
x:2:8: path: "reports" does not begin with "/"; write "/reports"
x:3:12: methods: "get" is not served; did you mean "GET"?
x:3:26: methods: "GET" stands in it twice; name each method once
x:3:33: methods: "TRACE" is not served; known here: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS
x:4:10: source: there is no source "okk"; did you mean "ok"?
x:5:11: timeout: "0ms" is too short; write "1ms" to "8760h"
x:6:17: on_disconnect: "stop" is not one of its values; known here: cancel, finish
x:7:14: half_close: the integer 1 where a string belongs; write half_close = "gone"
x:9:8: path: "a{b}" is no segment; write "{name}" for a whole one
x:10:11: methods: an empty array; write methods = ["GET"]
x:13:8: path: "/a//b" holds a control character, an empty segment, ".", "..", or one of ? # %; write plain segments: "/reports/{year}"
x:14:11: methods: the string "GET" where an array of strings belongs; write methods = ["GET"]
x:17:8: path: "{a}" stands in it twice; give each segment a name of its own
x:19:1: [[route]]: path is missing; add path = "/reports/{year}"
x:19:1: [[route]]: source is missing; add source = "report"
x:21:8: path: "/a/../b?c" holds a control character, an empty segment, ".", "..", or one of ? # %; write plain segments: "/reports/{year}"
x:22:10: source: the integer 5 where a string belongs; write source = "report"
)~"},
      {R"~([[route]]
path = "/reports/{x}"
source = "ok"
methods = ["POST", "GET"]
[[route]]
path = "/reports/{y}"
source = "ok"
[[route]]
path = "/reports/{z}"
methods = ["PUT"]
source = "ok"
)~",
       R"~(
x:5:1: GET "/reports/{y}" is taken by the route "/reports/{x}" at 1:1; give one of the two another path or other methods
)~"},
  };
  check(cases, right_rest);
}

TEST_CASE("a parameter is refused for its name, type, pattern or default") {
  const std::vector<Case> cases = {
      {R"~([source.n]
type = "command"
argv = ["echo", "{a}", "{b}", "{c}", "{d}", "{e}", "{f}", "{g}"]
[[route]]
path = "/n/{a}"
source = "n"
params.a = { default = "1" }
params.b = "[0-9"
params.c = { pattern = "[0-9]{1,4}", default = "abc" }
params.d = { type = "integer", default = "x" }
params.e = { type = "integr", patern = "x" }
params.f = 5
params.g = { default = 100 }
params."a-b" = "x"
)~",
       R"~(
x:7:24: default: never used, since {a} is part of the path; leave it out
x:8:12: params.b: '[0-9' is no RE2 pattern: missing ]: [0-9; write one, such as '[0-9]{4}'
x:9:48: params.c: the default "abc" would be refused: Parameter "c" must match [0-9]{1,4} as a whole; write one that is accepted
x:10:42: params.d: the default "x" would be refused: Parameter "d" must match -?[0-9]{1,19} as a whole; write one that is accepted
x:11:21: type: "integr" is not one of its values; did you mean "integer"?
x:11:31: unknown key "patern" in params.e; did you mean "pattern"?
x:12:12: params.f: the integer 5 where a pattern belongs; write params.f = '[0-9]{4}', or a table with pattern, type, default
x:13:24: default: the integer 100 where a string belongs; write default = "100"
x:14:8: params: "a-b" cannot name a parameter; write letters, digits and "_"
)~"},
      {R"~([[route]]
path = "/n"
source = "ok"
params = "year"
)~",
       R"~(
x:4:10: params: the string "year" where a table belongs; write params.year = '[0-9]{4}'
)~"},
  };
  check(cases, right_rest);
}

TEST_CASE("a placeholder that nobody fills is named with both places, through composites too") {
  const std::vector<Case> cases = {
      {R"~([source.report]
type = "command"
argv = ["cat", "--", "{year}.txt"]
[source.orders]
type = "sqlite"
database = "orders.db"
query = "select :day"
[source.both]
type = "all"
of = ["report", "orders"]
[[route]]
path = "/both/{day}"
source = "both"
[[route]]
path = "/report/{name}"
source = "report"
params.yaer = "[0-9]{4}"
[[route]]
path = "/orders"
source = "orders"
params.day = "[0-9]+"
params.unused = "[0-9]+"
[[route]]
path = "/orders/{day}"
source = "orders"
params.dya = "[0-9]+"
)~",
       R"~(
x:11:1: the route "/both/{day}" supplies no "year", which source "report" wants at 3:22; add {year} to the path, or params.year for the query string
x:14:1: the route "/report/{name}" supplies no "year", which source "report" wants at 3:22; add {year} to the path, or params.year for the query string
x:17:8: params.yaer: "yaer" is neither in the path "/report/{name}" nor wanted by source "report"; did you mean "year"?
x:26:8: params.dya: "dya" is neither in the path "/orders/{day}" nor wanted by source "orders"; did you mean "day"?
)~"},
  };
  check(cases, right_rest);
}

TEST_CASE("a problem in a source makes no second one in its routes") {
  const std::vector<Case> cases = {
      {R"~([source.report]
type = "command"
argv = ["cat", "{year"]
[source.broken]
type = "sqlit"
[source.both]
type = "all"
of = ["report", "broken"]
[[route]]
path = "/both"
source = "both"
params.year = "[0-9]{4}"
[[route]]
path = "/broken"
source = "broken"
params.day = "[0-9]{4}"
)~",
       R"~(
x:3:16: argv: "{" is never closed; write "{name}", or "{{" for the brace itself
x:5:8: type: "sqlit" is not one of its values; did you mean "sqlite"?
)~"},
  };
  check(cases, right_rest);
}

TEST_CASE("a config without a list of routes is refused") {
  const std::vector<Case> cases = {
      {R"~()~",
       R"~(
x:1:1: there is no route; add [[route]], with path = "/report" and source = "report" below it
)~"},
      {R"~([route]
path = "/"
source = "x"
)~",
       R"~(
x:1:1: route: a table where a list of tables belongs; write [[route]], with path = "/report" and source = "report" below it
)~"},
      {R"~(route = []
)~",
       R"~(
x:1:1: there is no route; add [[route]], with path = "/report" and source = "report" below it
)~"},
      {R"~(route = [1]
)~",
       R"~(
x:1:10: route: the integer 1 where a table belongs; write [[route]], with path = "/report" and source = "report" below it
)~"},
  };
  check(cases, "");
}

TEST_CASE("what is not TOML is shown with the place and what to write") {
  struct Mistake {
    std::string text;
    std::string begin;
    std::string end;  // what lies between is the parser's own description
  };
  const std::vector<Mistake> mistakes = {
      {"timeout = 30s\n", "x:1:13: not TOML: ", "; write \"30s\", in quotes\n"},
      {"size = 32KiB\n", "x:1:10: not TOML: ", "; write \"32KiB\", in quotes\n"},
      {"[server]\nlisten = 127.0.0.1:8080\n",
       "x:2:12: not TOML: ", "; write \"127.0.0.1:8080\", in quotes\n"},
      {"method = get\n", "x:1:10: not TOML: ", "; write \"get\", in quotes\n"},
      {"a = 1\na = 2\n", "x:2:5: not TOML: ", "; keep one of the two\n"},
      {"[a]\nx = 1\n[a]\ny = 1\n", "x:3:1: not TOML: ", "; keep one of the two, with the keys of both\n"},
      {"[server\n", "x:1:8: not TOML: ", "; write [server], or [[route]]\n"},
      {"a = \"x\n",
       "x:1:7: not TOML: ", "; close the quote on the same line, or write \"\"\"text of many lines\"\"\"\n"},
      {"a = [\"x\" \"y\"]\n", "x:1:10: not TOML: ", "; write a comma between elements\n"},
      {"a = [\"x\", }\n", "x:1:11: not TOML: ", "; see https://toml.io\n"},
      {"[[[a]]]\n", "x:1:3: not TOML: ", "; see https://toml.io\n"},
      {"a =\n", "x:1:4: not TOML: ", "; write a value: text in \"quotes\", a number, an [array]\n"},
      {"a: 1\n", "x:1:2: not TOML: ", "; write key = value\n"},
      {"a = \"\\d+\"\n", "x:1:7: not TOML: ", "; write patterns in single quotes: '\\d+'\n"},
      {"a = \"\\u00\"\n", "x:1:10: not TOML: ", "; see https://toml.io\n"},
  };
  for (const Mistake& one : mistakes) {
    const std::string report = desist::cli::read_config(one.text, "x").problems.report("x");
    CAPTURE(one.text);
    CAPTURE(report);
    CHECK(report.rfind(one.begin, 0) == 0);
    CHECK(report.size() > one.end.size());
    CHECK(report.substr(report.size() - std::min(report.size(), one.end.size())) == one.end);
  }
}

TEST_CASE("what a file says is repeated without its control characters") {
  const std::vector<Case> cases = {
      {R"~([log]
format = "a\nb\u001b[31m"
)~",
       R"~(
x:2:10: format: "a\nb\x1b[31m" is not one of its values; known here: auto, json, text
)~"},
  };
  check(cases, right_rest);
}
