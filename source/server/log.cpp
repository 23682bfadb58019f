#include "server/log.hpp"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace desist::server {
namespace {

bool is_set(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): at the start
  return value != nullptr && *value != '\0';
}

bool is_dumb_terminal() {
  const char* term = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): at the start
  return term != nullptr && std::string_view(term) == "dumb";
}

std::unique_ptr<LineFormat> choose(ServerOptions::LogFormat format, int descriptor) {
  const bool terminal = isatty(descriptor) == 1;
  const bool text =
      format == ServerOptions::LogFormat::text || (format == ServerOptions::LogFormat::automatic && terminal);
  if (!text) return json_lines();
  const bool colours = terminal && !is_set("NO_COLOR") && !is_dumb_terminal();
  return text_lines(colours ? Colour::ansi : Colour::none);
}

LogWriter::Options with_dropped(LogWriter::Options options, const LineFormat& format) {
  options.say_dropped = [&format](std::string& out, std::size_t lines) {
    format.note(out, {.time = std::chrono::system_clock::now(),
                      .event = "log_dropped",
                      .fields = {{"lines", static_cast<std::int64_t>(lines)}}});
  };
  return options;
}

}  // namespace

Log::Log(ServerOptions::LogFormat format, LogWriter::Options writer)
    : format_(choose(format, writer.descriptor)), writer_(with_dropped(std::move(writer), *format_)) {}

void Log::finished(const Event& closed) noexcept try {
  thread_local std::string line;  // reused: no allocation for the usual line
  line.clear();
  format_->finished(line, FinishedRequest::from(closed, std::chrono::system_clock::now()));
  writer_.write(line);
} catch (...) {  // no memory
  writer_.drop();
}

void Log::overdue(const Event& overdue) noexcept try {
  WorkerView late;
  late.name = overdue.worker;
  late.kind = overdue.worker_kind;
  // Those that still run, and it among them unless it has returned by now.
  for (WorkerView& worker : overdue.request.workers(0)) {
    if (worker.id == overdue.worker_id) late = std::move(worker);
  }
  note("overdue", fields_of(overdue.request, late, overdue.at));
} catch (...) {  // no memory
  writer_.drop();
}

void Log::note(std::string_view event, std::vector<std::pair<std::string_view, Note::Value>> fields) {
  std::string line;
  format_->note(line,
                {.time = std::chrono::system_clock::now(), .event = event, .fields = std::move(fields)});
  writer_.write(line);
}

std::vector<std::pair<std::string_view, Note::Value>> fields_of(const LiveRequest& request,
                                                                const WorkerView& worker, TimePoint now) {
  using Value = Note::Value;
  const auto or_null = [](bool there, Value value) { return there ? std::move(value) : Value(nullptr); };
  const std::optional<std::string>& route = request.info().route;
  const std::optional<TimePoint> told = worker.told ? worker.told : request.told();
  return {{"id", request.info().id},
          {"route", or_null(route.has_value(), route.value_or(""))},
          {"worker", worker.name},
          {"kind", worker.kind},
          {"since_told_ms", or_null(told.has_value(), told ? Duration(now - *told) : Duration())},
          {"pid", or_null(worker.pid != 0, std::int64_t{worker.pid})},
          {"checkpoint", or_null(!worker.checkpoint.empty(), std::string(worker.checkpoint))}};
}

}  // namespace desist::server
