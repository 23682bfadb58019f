#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>

#include "server/log_line.hpp"
#include "server/text.hpp"

/// For a person who watches: local time, what was asked, what came of it, and, only where there is something
/// to tell, why it stopped and who took how long.
///
///     14:03:04.123  200    12.4 ms  GET    /report/2024  9f86d081
///     14:03:09.871  499   203.4 ms  GET    /dashboard/2024/05-01  60303ae2  client_gone, stopped in 3.2 ms:
///     report 3.1 ms, orders 0.4 ms 14:03:12.002  -  overdue  id=60303ae2 worker=report kind=command
///     since_told_ms=1000.412 pid=4711

namespace desist::server {
namespace {

constexpr std::size_t workers_shown = 8;

void pad(std::string& out, std::size_t from, std::size_t width) {
  const std::size_t length = out.size() - from;
  if (length < width) out.append(width - length, ' ');
}

void append_clock(std::string& out, WallTime time) {
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(time));
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count() % 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char text[32];
  const int length = std::snprintf(text, sizeof text, "%02d:%02d:%02d.%03d", local.tm_hour, local.tm_min,
                                   local.tm_sec, static_cast<int>(ms));
  out.append(text, static_cast<std::size_t>(std::clamp(length, 0, 31)));
}

/// "0.4 ms", "12.30 s".
std::string span_of(Duration duration) {
  const double ms = std::max(0.0, std::chrono::duration<double, std::milli>(duration).count());
  char text[48];
  if (ms < 999.95) {
    std::snprintf(text, sizeof text, "%.1f ms", ms);
  } else {
    std::snprintf(text, sizeof text, "%.2f s", ms / 1000);
  }
  return text;
}

std::string_view colour_of(int status) {
  if (status == 499) return "\033[35m";
  if (status >= 500) return "\033[31m";
  if (status >= 400) return "\033[33m";
  return "\033[32m";
}

void append_worker(std::string& out, const WorkerView& worker) {
  append_escaped(out, worker.name);
  if (worker.outcome == Outcome::failed) out += " failed";
  if (worker.told && worker.stopped) out += " " + span_of(*worker.stopped - *worker.told);
}

class TextLines final : public LineFormat {
 public:
  explicit TextLines(Colour colour) : colour_(colour) {}

  void finished(std::string& out, const FinishedRequest& request) const override {
    append_clock(out, request.time);
    out += "  ";
    append_status(out, request.status);
    const std::string duration = span_of(request.duration);
    out.append(11 - std::min<std::size_t>(duration.size(), 10), ' ');
    out += duration + "  ";
    const std::size_t method = out.size();
    append_escaped(out, request.method);
    pad(out, method, 7);
    append_escaped(out, request.path);
    out += "  ";
    append_escaped(out, request.id);
    if (request.cause) append_stop(out, request);
    if (!request.error.empty()) {
      out += "  ";
      append_escaped(out, request.error);
    }
    out += '\n';
  }

  void note(std::string& out, const Note& note) const override {
    append_clock(out, note.time);
    out += "  -  ";
    out += note.event;
    std::string_view gap = "  ";
    for (const auto& [name, value] : note.fields) {
      if (std::holds_alternative<std::nullptr_t>(value)) continue;
      out += gap;
      gap = " ";
      out += name;
      out += '=';
      if (const auto* text = std::get_if<std::string>(&value)) append_field(out, *text);
      if (const auto* number = std::get_if<std::int64_t>(&value)) out += std::to_string(*number);
      if (const auto* duration = std::get_if<Duration>(&value)) append_ms(out, *duration);
    }
    out += '\n';
  }

 private:
  void append_status(std::string& out, int status) const {
    const std::string text = status == 0 ? "---" : std::to_string(status);
    if (colour_ == Colour::none) {
      out += text;
    } else {
      out += colour_of(status);
      out += text;
      out += "\033[0m";
    }
  }

  static void append_stop(std::string& out, const FinishedRequest& request) {
    out += "  ";
    out += to_string(*request.cause);
    if (!request.stop) return;
    out += ", stopped in " + span_of(*request.stop);
    std::size_t shown = 0;
    for (const WorkerView& worker : request.workers) {
      if (worker.kind == "handler") continue;
      if (shown == workers_shown) {
        out += ", …";
        return;
      }
      out += shown++ == 0 ? ": " : ", ";
      append_worker(out, worker);
    }
  }

  static void append_field(std::string& out, const std::string& text) {
    const bool quoted = text.empty() || text.find_first_of(" =\"") != std::string::npos;
    if (quoted) out += '"';
    append_escaped(out, text);
    if (quoted) out += '"';
  }

  Colour colour_;
};

}  // namespace

std::unique_ptr<LineFormat> text_lines(Colour colour) {
  return std::make_unique<TextLines>(colour);
}

}  // namespace desist::server
