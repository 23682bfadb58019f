#include "cli/placeholders.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace desist::cli {
namespace {

bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

tl::unexpected<std::string> wrong(std::string text) {
  return tl::unexpected<std::string>(std::move(text));
}

void add_once(std::vector<std::string>& names, std::string_view name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
}

/// Where the token that is no parameter and begins at `at` ends: a comment, a string, a quoted name, or one
/// character.
std::size_t end_of_token(std::string_view sql, std::size_t at) {
  const auto behind = [&](std::string_view closing, std::size_t from) {
    const std::size_t found = sql.find(closing, from);
    return found == std::string_view::npos ? sql.size() : found + closing.size();
  };
  const std::string_view rest = sql.substr(at);
  if (rest.substr(0, 2) == "--") return behind("\n", at + 2);
  if (rest.substr(0, 2) == "/*") return behind("*/", at + 2);
  // A doubled quote inside reads as two strings in a row, which is as good here.
  if (rest[0] == '\'' || rest[0] == '"' || rest[0] == '`') return behind(rest.substr(0, 1), at + 1);
  if (rest[0] == '[') return behind("]", at + 1);
  return at + 1;
}

}  // namespace

bool is_parameter_name(std::string_view name) noexcept {
  if (name.empty() || !is_letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

Read<std::vector<std::string>> placeholders_of_argument(std::string_view argument) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < argument.size(); ++at) {
    const char c = argument[at];
    if (c != '{' && c != '}') continue;
    if (argument.substr(at, 2) == std::string(2, c)) {
      ++at;
      continue;
    }
    if (c == '}') return wrong("a single \"}\" closes nothing; write \"}}\" for the brace itself");
    const std::size_t end = argument.find('}', at);
    if (end == std::string_view::npos) {
      return wrong("\"{\" is never closed; write \"{name}\", or \"{{\" for the brace itself");
    }
    const std::string_view name = argument.substr(at + 1, end - at - 1);
    if (!is_parameter_name(name)) {
      return wrong(fmt::format(
          "\"{{{}}}\" names no parameter; write \"{{name}}\", or \"{{{{\" and \"}}}}\" for braces", name));
    }
    add_once(names, name);
    at = end;
  }
  return names;
}

Read<std::vector<std::string>> placeholders_of_sql(std::string_view sql) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == '?') return wrong("\"?\" has no name; write \":name\"");
    if (c != ':' && c != '@' && c != '$') {
      // A '$' or a digit inside a word begins nothing.
      if (!is_letter(c)) {
        at = end_of_token(sql, at);
      } else {
        while (at < sql.size() && (is_letter(sql[at]) || is_digit(sql[at]) || sql[at] == '$')) ++at;
      }
      continue;
    }
    std::size_t end = at + 1;
    while (end < sql.size() && (is_letter(sql[end]) || is_digit(sql[end]))) ++end;
    const std::string_view name = sql.substr(at + 1, end - at - 1);
    if (c != ':' && !name.empty())
      return wrong(fmt::format("\"{0}{1}\" is not our way; write \":{1}\"", c, name));
    if (!is_parameter_name(name)) {
      return wrong(fmt::format("\"{}{}\" names no parameter; write \":name\"", c, name));
    }
    add_once(names, name);
    at = end;
  }
  return names;
}

Read<std::vector<std::string>> placeholders_of_path(std::string_view path) {
  if (path.empty() || path.front() != '/')
    return wrong(fmt::format("\"{0}\" does not begin with \"/\"; write \"/{0}\"", path));
  std::vector<std::string> names;
  for (std::size_t at = 1; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view segment = path.substr(at, end - at);
    at = end + 1;
    if (segment.find_first_of("{}") == std::string_view::npos) continue;
    const bool whole = segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
    const std::string_view name = whole ? segment.substr(1, segment.size() - 2) : std::string_view();
    if (!is_parameter_name(name)) {
      return wrong(fmt::format("\"{}\" is no segment; write \"{{name}}\" for a whole one", segment));
    }
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      return wrong(fmt::format("\"{{{}}}\" stands in it twice; give each segment a name of its own", name));
    }
    names.emplace_back(name);
  }
  return names;
}

}  // namespace desist::cli
