#include <array>

#include <fmt/format.h>
#include <re2/re2.h>

#include "cli/config_parts.hpp"

namespace desist::cli {
namespace {

struct Hint {
  std::string_view symptom;  // in the parser's words
  std::string_view advice;
};

// What people write most often where TOML wants something else.
constexpr std::array<Hint, 9> hints = {{
    {"unknown escape sequence", "write patterns in single quotes: '\\d+'"},
    {"cannot redefine existing table", "keep one of the two, with the keys of both"},
    {"cannot redefine", "keep one of the two"},
    {"expected '=', saw ':'", "write key = value"},
    {"expected ']'", "write [server], or [[route]]"},
    {"expected comma or closing ']'", "write a comma between elements"},
    {"expected value", "write a value: text in \"quotes\", a number, an [array]"},
    {"control characters", "close the quote on the same line, or write \"\"\"text of many lines\"\"\""},
    {"utf-8", "save the file as UTF-8"},
}};

}  // namespace

std::string syntax_message(std::string_view description, std::string_view line) {
  static const RE2 bare_amount(R"(^[^#"'=]*=\s*([0-9]+(?:ms|s|m|h|B|KiB|MiB|KB|MB)))");
  static const RE2 bare_value(R"(^[^#"'=]*=\s*([^\s"'\[{#,]+)\s*(?:#.*)?$)");
  const std::string message = fmt::format("not TOML: {}", description);
  std::string bare;
  if (RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), bare_amount, &bare)) {
    return fmt::format("{}; write \"{}\", in quotes", message, bare);
  }
  for (const Hint& hint : hints) {
    if (description.find(hint.symptom) != std::string_view::npos)
      return fmt::format("{}; {}", message, hint.advice);
  }
  if (RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), bare_value, &bare)) {
    return fmt::format("{}; write \"{}\", in quotes", message, bare);
  }
  return fmt::format("{}; see https://toml.io", message);
}

}  // namespace desist::cli
