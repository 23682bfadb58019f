#include "front/request_line.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "front/characters.hpp"
#include "front/target.hpp"

namespace desist::front {
namespace {

constexpr std::array<std::string_view, 7> known_methods{"GET",   "HEAD",   "POST",   "PUT",
                                                        "PATCH", "DELETE", "OPTIONS"};
constexpr std::size_t longest_method = 32;
constexpr std::string_view version_pattern = "HTTP/0.0";  // 0 stands for any digit

constexpr Fault bad_line_end{400, "A line must end in CR LF."};
constexpr Fault bad_method{400, "The method must be a token, followed by one space and the target."};
constexpr Fault unknown_method{501, "The method must be GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS."};
constexpr Fault bad_target{400, "The target must be visible ASCII, followed by one space and HTTP/1.1."};
constexpr Fault long_target{414, "The target is longer than this server takes."};
constexpr Fault bad_version{400, "The request line must end in HTTP/1.1 or HTTP/1.0."};
constexpr Fault unknown_version{505, "The version must be HTTP/1.1 or HTTP/1.0."};
constexpr Fault long_head{431, "The request line and headers are longer than this server takes."};

}  // namespace

Step RequestLineReader::consume(std::string_view input, HeadRoom& room) {
  std::size_t used = 0;
  while (used < input.size() && state_ != State::complete) {
    const Step step =
        state_ == State::target ? read_target(input.substr(used), room) : take(input[used], room);
    used += step.used;
    if (step.fault) return {used, step.fault};
  }
  return {used, {}};
}

Step RequestLineReader::take(char c, HeadRoom& room) {
  if (auto fault = decide(c)) return {1, fault};
  if (!begun()) return {1, {}};
  if (room.bytes == 0) return {1, long_head};
  --room.bytes;
  return {1, {}};
}

std::optional<Fault> RequestLineReader::decide(char c) {
  switch (state_) {
    case State::start:
      if (c == '\r' && !std::exchange(skipped_blank_, true)) {
        state_ = State::blank;
        return {};
      }
      state_ = State::method;
      return take_method(c);
    case State::blank:
      if (c != '\n') return bad_line_end;
      state_ = State::start;
      return {};
    case State::method:
      return take_method(c);
    case State::version:
      return take_version(c);
    case State::end:
      if (c != '\n') return bad_line_end;
      state_ = State::complete;
      return judge();
    case State::target:
    case State::complete:
      break;
  }
  return {};
}

std::optional<Fault> RequestLineReader::take_method(char c) {
  if (c == ' ' && !method.empty()) {
    state_ = State::target;
    return {};
  }
  if (!is(Class::token, c)) return bad_method;
  if (method.size() == longest_method) return unknown_method;
  method += c;
  return {};
}

// The one long part of the line, so it is taken by runs.
Step RequestLineReader::read_target(std::string_view input, HeadRoom& room) {
  const std::size_t most = std::min(room.line - target.size(), room.bytes);
  const std::size_t run = run_of(Class::visible, input.substr(0, most));
  target.append(input.substr(0, run));
  room.bytes -= run;
  if (run == input.size()) return {run, {}};
  const char c = input[run];
  if (room.bytes == 0 || is(Class::visible, c)) return {run + 1, long_target};
  if (c != ' ' || target.empty()) return {run + 1, bad_target};
  --room.bytes;
  state_ = State::version;
  return {run + 1, {}};
}

std::optional<Fault> RequestLineReader::take_version(char c) {
  if (version_read_ == version_pattern.size()) {
    if (c != '\r') return bad_version;
    state_ = State::end;
    return {};
  }
  const char expected = version_pattern[version_read_];
  if (expected == '0' ? !is(Class::digit, c) : c != expected) return bad_version;
  if (expected == '0') (version_read_ + 1U == version_pattern.size() ? minor_ : major_) = c;
  ++version_read_;
  return {};
}

// The version goes first: of another version, method and target may mean another thing.
std::optional<Fault> RequestLineReader::judge() {
  if (major_ != '1' || minor_ > '1') return unknown_version;
  version = minor_ == '1' ? Version::http11 : Version::http10;
  if (std::find(known_methods.begin(), known_methods.end(), method) == known_methods.end()) {
    return unknown_method;
  }
  auto resolved = resolve_target(method, target);
  if (!resolved) return resolved.error();
  target = std::move(resolved->target);
  authority = std::move(resolved->authority);
  return {};
}

}  // namespace desist::front
