#pragma once

/// What the log says, before it has a form: a line for each finished request, and notes about the server
/// itself. The forms are JSON, for machines, and text, for people. Pure: nothing here writes.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "desist/cause.hpp"
#include "desist/clock.hpp"
#include "desist/journal.hpp"
#include "desist/live_tree.hpp"

namespace desist::server {

using WallTime = std::chrono::system_clock::time_point;

/// A request that is no longer in flight. Views look at the request's RequestInfo.
struct FinishedRequest {
  WallTime time;  ///< when it was finished
  std::string_view id;
  std::string_view method;
  std::string_view path;
  std::optional<std::string_view> route;
  int status = 0;
  std::optional<Reason> cause;
  Duration duration{};              ///< from framed until the last worker returned
  std::optional<Duration> told;     ///< from framed until cancelled
  std::optional<Duration> stop;     ///< from told until the last worker returned
  std::vector<WorkerView> workers;  ///< at most `max_workers_logged`
  std::size_t workers_total = 0;
  std::string error;  ///< what went wrong; empty where nothing did

  static constexpr std::size_t max_workers_logged = 100;

  /// From the Journal's `closed`.
  [[nodiscard]] static FinishedRequest from(const Event& closed, WallTime now);
};

/// Something about the server, or about a request that goes on: an event name and its fields, in their order.
struct Note {
  using Value = std::variant<std::nullptr_t, std::string, std::int64_t, Duration>;

  WallTime time;
  std::string_view event;
  std::vector<std::pair<std::string_view, Value>> fields;
};

/// A form of the log. Both functions append one line, with its newline, and nothing that came from outside
/// can end it early. Thread-safe.
class LineFormat {
 public:
  virtual ~LineFormat() = default;
  virtual void finished(std::string& out, const FinishedRequest& request) const = 0;
  virtual void note(std::string& out, const Note& note) const = 0;
};

enum class Colour { none, ansi };

[[nodiscard]] std::unique_ptr<LineFormat> json_lines();
[[nodiscard]] std::unique_ptr<LineFormat> text_lines(Colour colour);

/// Whole microseconds as milliseconds with three decimals: "12.340". Never negative.
void append_ms(std::string& out, Duration duration);

}  // namespace desist::server
