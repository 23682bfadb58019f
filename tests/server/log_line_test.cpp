#include "server/log_line.hpp"

#include <cstdlib>
#include <ctime>
#include <string>

#include <doctest/doctest.h>

using namespace desist;
using namespace desist::server;
using namespace std::chrono_literals;

namespace {

// 2024-05-01T12:03:04.056Z
const WallTime noon = WallTime(std::chrono::seconds(1714564984) + 56ms + 700us);
const TimePoint start{};

WorkerView worker(std::string name, std::string kind, Outcome outcome,
                  std::optional<Duration> stop_after_told) {
  WorkerView view;
  view.name = std::move(name);
  view.kind = std::move(kind);
  view.outcome = outcome;
  view.started = start;
  if (stop_after_told) {
    view.told = start + 200ms;
    view.stopped = start + 200ms + *stop_after_told;
  } else {
    view.stopped = start + 12ms;
  }
  return view;
}

FinishedRequest good() {
  return {.time = noon,
          .id = "01HX-7",
          .method = "GET",
          .path = "/report/2024",
          .route = "/report/{year}",
          .status = 200,
          .cause = {},
          .duration = 12ms + 345us + 600ns,
          .told = {},
          .stop = {},
          .workers = {worker("report", "command", Outcome::finished, {})},
          .workers_total = 1,
          .error = ""};
}

FinishedRequest left() {
  FinishedRequest request = good();
  request.status = 499;
  request.cause = Reason::client_gone;
  request.duration = 203ms + 400us;
  request.told = 200ms;
  request.stop = 3ms + 400us;
  request.workers = {worker("handler", "handler", Outcome::cancelled, 3400us),
                     worker("report", "command", Outcome::cancelled, 3100us),
                     worker("orders", "sqlite", Outcome::finished, {})};
  request.workers_total = 3;
  return request;
}

std::string json(const FinishedRequest& request) {
  std::string out;
  json_lines()->finished(out, request);
  return out;
}

std::string text(const FinishedRequest& request, Colour colour = Colour::none) {
  setenv("TZ", "UTC", 1);
  tzset();
  std::string out;
  text_lines(colour)->finished(out, request);
  return out;
}

const Note overdue_note{.time = noon,
                        .event = "overdue",
                        .fields = {{"id", "01HX-7"},
                                   {"worker", "big report"},
                                   {"since_told_ms", Duration(1000ms + 412us)},
                                   {"pid", std::int64_t{4711}},
                                   {"checkpoint", nullptr}}};

}  // namespace

TEST_CASE("a good request's JSON line has every field, in order") {
  CHECK(
      json(good()) ==
      R"({"time":"2024-05-01T12:03:04.056Z","id":"01HX-7","method":"GET","path":"/report/2024",)"
      R"("route":"/report/{year}","status":200,"cause":null,"duration_ms":12.346,"told_ms":null,"stop_ms":null,)"
      R"("workers":[{"name":"report","kind":"command","outcome":"finished","stop_ms":null}]})"
      "\n");
}

TEST_CASE("a cancelled request's JSON line tells why, when it was told, and who took how long") {
  CHECK(
      json(left()) ==
      R"({"time":"2024-05-01T12:03:04.056Z","id":"01HX-7","method":"GET","path":"/report/2024",)"
      R"("route":"/report/{year}","status":499,"cause":"client_gone","duration_ms":203.400,"told_ms":200.000,)"
      R"("stop_ms":3.400,"workers":[{"name":"handler","kind":"handler","outcome":"cancelled","stop_ms":3.400},)"
      R"({"name":"report","kind":"command","outcome":"cancelled","stop_ms":3.100},)"
      R"({"name":"orders","kind":"sqlite","outcome":"finished","stop_ms":null}]})"
      "\n");
}

TEST_CASE("a framing error has no route and no workers; a failure adds what the source said") {
  FinishedRequest request = good();
  request.route.reset();
  request.workers.clear();
  request.workers_total = 0;
  request.status = 502;
  request.error = "exit status 3: no such table \"x\"\nat line 1";
  CHECK(json(request) ==
        R"({"time":"2024-05-01T12:03:04.056Z","id":"01HX-7","method":"GET","path":"/report/2024",)"
        R"("route":null,"status":502,"cause":null,"duration_ms":12.346,"told_ms":null,"stop_ms":null,)"
        R"("workers":[],"error":"exit status 3: no such table \"x\"\nat line 1"})"
        "\n");
}

TEST_CASE("beyond a hundred workers the line says how many there were") {
  FinishedRequest request = good();
  request.workers.assign(100, worker("w", "task", Outcome::finished, {}));
  request.workers_total = 12345;
  CHECK(json(request).find(R"(],"workers_total":12345})") != std::string::npos);
}

TEST_CASE("a client cannot write lines of its own into either form") {
  FinishedRequest request = left();
  request.id = "a\nb";
  request.path = "/x\"\r\n\033[2J\xFF";
  request.error = "one\ntwo";
  request.workers[1].name = "n\nm";
  for (const std::string& line : {json(request), text(request)}) {
    CAPTURE(line);
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(line.find('\033') == std::string::npos);
    CHECK(line.find('\r') == std::string::npos);
    CHECK(line.find("/x\\\"\\r\\n\\u001b[2J\xEF\xBF\xBD") != std::string::npos);
  }
}

TEST_CASE("a note's JSON line carries an event and never a status") {
  std::string out;
  json_lines()->note(out, overdue_note);
  CHECK(out == R"({"time":"2024-05-01T12:03:04.056Z","event":"overdue","id":"01HX-7","worker":"big report",)"
               R"("since_told_ms":1000.412,"pid":4711,"checkpoint":null})"
               "\n");
}

TEST_CASE("the text form is short where all went well, and explains where it did not") {
  CHECK(text(good()) == "12:03:04.056  200    12.3 ms  GET    /report/2024  01HX-7\n");
  CHECK(text(left()) ==
        "12:03:04.056  499   203.4 ms  GET    /report/2024  01HX-7  client_gone, stopped in 3.4 ms: report "
        "3.1 ms, "
        "orders\n");
  FinishedRequest failed = good();
  failed.status = 502;
  failed.duration = 83s;
  failed.error = "exit status 3";
  CHECK(text(failed) == "12:03:04.056  502    83.00 s  GET    /report/2024  01HX-7  exit status 3\n");
  std::string out;
  text_lines(Colour::none)->note(out, overdue_note);
  CHECK(out == "12:03:04.056  -  overdue  id=01HX-7 worker=\"big report\" since_told_ms=1000.412 pid=4711\n");
}

TEST_CASE("the text form names a few workers and leaves out the rest") {
  FinishedRequest request = left();
  request.workers.assign(50, worker("w", "task", Outcome::cancelled, 1ms));
  CHECK(text(request).find("w 1.0 ms, w 1.0 ms, …\n") != std::string::npos);
}

TEST_CASE("colours mark the status and nothing else") {
  CHECK(text(good(), Colour::ansi).find("  \033[32m200\033[0m  ") != std::string::npos);
  CHECK(text(left(), Colour::ansi).find("  \033[35m499\033[0m  ") != std::string::npos);
}

TEST_CASE("milliseconds are rounded to three decimals and never negative") {
  const auto ms = [](Duration duration) {
    std::string out;
    append_ms(out, duration);
    return out;
  };
  CHECK(ms(0ms) == "0.000");
  CHECK(ms(1499ns) == "0.001");
  CHECK(ms(1500ns) == "0.002");
  CHECK(ms(12345ms + 7us) == "12345.007");
  CHECK(ms(-5ms) == "0.000");
}
