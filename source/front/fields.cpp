#include "front/fields.hpp"

#include <algorithm>

#include "front/characters.hpp"

namespace desist::front {
namespace {

constexpr std::size_t usual_fields = 4;  // what a client sends without cookies and the like

constexpr Fault bad_line_end{400, "A line must end in CR LF."};
constexpr Fault folded{400, "A header must stand on one line, and begin with its name."};
constexpr Fault bad_name{400, "A header must be a name, a colon right behind it, and a value."};
constexpr Fault reserved_name{400, "A header's name must not begin with REMOTE_ or LOCAL_."};
constexpr Fault bad_value{400, "A header's value must have no control characters."};
constexpr Fault hidden_break{400, "A header's value must have no percent-encoded CR, LF or NUL."};
constexpr Fault long_line{431, "A header line is longer than this server takes."};
constexpr Fault long_head{431, "The request line and headers are longer than this server takes."};
constexpr Fault many_headers{431, "There are more headers than this server takes."};

bool begins_with_name(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && same_name(text.substr(0, prefix.size()), prefix);
}

// Who decodes %XX in a value, or %uXXXX, as cpp-httplib does and what stands behind may, finds a line break.
bool hides_break(std::string_view value) {
  for (std::size_t i = value.find('%'); i != std::string_view::npos; i = value.find('%', i + 1)) {
    const bool wide = i + 1 < value.size() && lower(value[i + 1]) == 'u';
    const std::string_view digits = wide ? value.substr(i + 2, 4) : value.substr(i + 1, 2);
    if (digits.size() != (wide ? 4U : 2U) || !all_of(Class::hex, digits)) continue;
    unsigned code = 0;
    for (const char c : digits) code = code * 16 + hex_value(c);
    if (code == '\r' || code == '\n' || code == '\0') return true;
  }
  return false;
}

}  // namespace

const std::string* find_field(const Fields& fields, std::string_view name) noexcept {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [name](const auto& field) { return same_name(field.first, name); });
  return found == fields.end() ? nullptr : &found->second;
}

Step FieldReader::consume(std::string_view input, HeadRoom& room) {
  const std::string_view window = input.substr(0, room.bytes);
  std::size_t used = 0;
  while (used < window.size() && state_ != State::complete) {
    const Step step = advance(window.substr(used), room);
    used += step.used;
    if (step.fault) return {used, step.fault};
  }
  room.bytes -= used;
  if (state_ != State::complete && used < input.size()) return {used + 1, long_head};
  return {used, {}};
}

Step FieldReader::advance(std::string_view input, HeadRoom& room) {
  switch (state_) {
    case State::line_start:
      return {1, begin_line(input.front(), room)};
    case State::name:
      return read_name(input, room.line);
    case State::before_value:
      return skip_blanks(input, room.line);
    case State::value:
      return read_value(input, room.line);
    case State::value_end:
      return {1, end_field(input.front())};
    case State::section_end:
      if (input.front() != '\n') return {1, bad_line_end};
      state_ = State::complete;
      return {1, {}};
    case State::complete:
      break;
  }
  return {0, {}};
}

std::optional<Fault> FieldReader::begin_line(char c, HeadRoom& room) {
  if (c == '\r') {
    state_ = State::section_end;
    return {};
  }
  if (is_blank(c)) return folded;
  if (!is(Class::token, c)) return bad_name;
  if (room.fields == 0) return many_headers;
  if (room.line == 0) return long_line;
  --room.fields;
  name_.assign(1, c);
  line_ = 1;
  state_ = State::name;
  return {};
}

Step FieldReader::read_name(std::string_view input, std::size_t max_line) {
  const std::size_t run = run_of(Class::token, input.substr(0, max_line - line_));
  name_.append(input.substr(0, run));
  line_ += run;
  if (run == input.size()) return {run, {}};
  const char c = input[run];
  if (c != ':' && !is(Class::token, c)) return {run + 1, bad_name};
  if (line_ == max_line) return {run + 1, long_line};
  if (begins_with_name(name_, "REMOTE_") || begins_with_name(name_, "LOCAL_"))
    return {run + 1, reserved_name};
  ++line_;
  state_ = State::before_value;
  return {run + 1, {}};
}

Step FieldReader::skip_blanks(std::string_view input, std::size_t max_line) {
  if (!is_blank(input.front())) {
    state_ = State::value;
    return {0, {}};
  }
  if (line_ == max_line) return {1, long_line};
  ++line_;
  return {1, {}};
}

Step FieldReader::read_value(std::string_view input, std::size_t max_line) {
  const std::size_t run = run_of(Class::field, input.substr(0, max_line - line_));
  value_.append(input.substr(0, run));
  line_ += run;
  if (run == input.size()) return {run, {}};
  const char c = input[run];
  if (is(Class::field, c)) return {run + 1, long_line};
  if (c != '\r') return {run + 1, c == '\n' ? bad_line_end : bad_value};
  state_ = State::value_end;
  return {run + 1, {}};
}

std::optional<Fault> FieldReader::end_field(char c) {
  if (c != '\n') return bad_line_end;
  while (!value_.empty() && is_blank(value_.back())) value_.pop_back();
  if (hides_break(value_)) return hidden_break;
  if (fields.capacity() == 0) fields.reserve(usual_fields);
  fields.emplace_back(std::move(name_), std::move(value_));
  name_.clear();
  value_.clear();
  state_ = State::line_start;
  return {};
}

}  // namespace desist::front
