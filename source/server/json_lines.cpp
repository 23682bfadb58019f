#include <cstdint>
#include <string>
#include <type_traits>

#include "server/log_line.hpp"
#include "server/text.hpp"

/// Written by hand, into one string that is reused: a line a request, a hundred thousand a second.

namespace desist::server {
namespace {

/// The members of one JSON object, in the order in which they are added.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  ~Object() { out_ += '}'; }

  /// The name is one of ours and needs no escaping.
  std::string& member(std::string_view name) {
    out_ += first_ ? "\"" : ",\"";
    first_ = false;
    out_ += name;
    out_ += "\":";
    return out_;
  }
  void text(std::string_view name, std::string_view value) {
    member(name) += '"';
    append_escaped(out_, value);
    out_ += '"';
  }
  void null(std::string_view name) { member(name) += "null"; }
  void number(std::string_view name, std::int64_t value) { member(name) += std::to_string(value); }
  void ms(std::string_view name, Duration value) { append_ms(member(name), value); }
  void ms(std::string_view name, const std::optional<Duration>& value) {
    if (value) {
      ms(name, *value);
    } else {
      null(name);
    }
  }

 private:
  std::string& out_;
  bool first_ = true;
};

void append_digits(std::string& out, unsigned value, unsigned width) {
  const std::string digits = std::to_string(value);
  out.append(width > digits.size() ? width - digits.size() : 0, '0');
  out += digits;
}

/// RFC 3339, UTC, milliseconds.
void append_time(std::string& out, WallTime time) {
  using namespace std::chrono;
  const auto whole = floor<milliseconds>(time);
  const auto day = floor<days>(whole);
  const year_month_day date(day);
  const hh_mm_ss clock(whole - day);
  append_digits(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.month()), 2);
  out += '-';
  append_digits(out, static_cast<unsigned>(date.day()), 2);
  out += 'T';
  append_digits(out, static_cast<unsigned>(clock.hours().count()), 2);
  out += ':';
  append_digits(out, static_cast<unsigned>(clock.minutes().count()), 2);
  out += ':';
  append_digits(out, static_cast<unsigned>(clock.seconds().count()), 2);
  out += '.';
  append_digits(out, static_cast<unsigned>(clock.subseconds().count()), 3);
  out += 'Z';
}

void add_time(Object& line, WallTime time) {
  std::string& out = line.member("time");
  out += '"';
  append_time(out, time);
  out += '"';
}

void append_worker(std::string& out, const WorkerView& worker) {
  Object object(out);
  object.text("name", worker.name);
  object.text("kind", worker.kind);
  object.text("outcome", to_string(worker.outcome));
  const bool stopped_after_told = worker.told && worker.stopped;
  object.ms("stop_ms", stopped_after_told ? std::optional(*worker.stopped - *worker.told) : std::nullopt);
}

class JsonLines final : public LineFormat {
 public:
  void finished(std::string& out, const FinishedRequest& request) const override {
    {
      Object line(out);
      add_time(line, request.time);
      line.text("id", request.id);
      line.text("method", request.method);
      line.text("path", request.path);
      request.route ? line.text("route", *request.route) : line.null("route");
      line.number("status", request.status);
      request.cause ? line.text("cause", to_string(*request.cause)) : line.null("cause");
      line.ms("duration_ms", request.duration);
      line.ms("told_ms", request.told);
      line.ms("stop_ms", request.stop);
      line.member("workers") += '[';
      for (const WorkerView& worker : request.workers) {
        if (&worker != &request.workers.front()) out += ',';
        append_worker(out, worker);
      }
      out += ']';
      if (request.workers_total > request.workers.size()) {
        line.number("workers_total", static_cast<std::int64_t>(request.workers_total));
      }
      if (!request.error.empty()) line.text("error", request.error);
    }
    out += '\n';
  }

  void note(std::string& out, const Note& note) const override {
    {
      Object line(out);
      add_time(line, note.time);
      line.text("event", note.event);
      for (const auto& [name, value] : note.fields) add(line, name, value);
    }
    out += '\n';
  }

 private:
  static void add(Object& line, std::string_view name, const Note::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      line.text(name, *text);
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
      line.number(name, *number);
    } else if (const auto* duration = std::get_if<Duration>(&value)) {
      line.ms(name, *duration);
    } else {
      line.null(name);
    }
  }
};

}  // namespace

std::unique_ptr<LineFormat> json_lines() {
  return std::make_unique<JsonLines>();
}

}  // namespace desist::server
