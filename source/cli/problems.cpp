#include "cli/problems.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace desist::cli {
namespace {

/// What a file says is repeated in messages: it must neither break their lines nor steer a terminal.
std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += fmt::format("\\x{:02x}", byte);
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

std::string to_text(Position at) {
  return fmt::format("{}:{}", at.line, at.column);
}

void Problems::add(Position at, std::string_view text) {
  problems_.push_back({at, printable(text)});
  ++count_;
}

void Problems::warn(Position at, std::string_view text) {
  problems_.push_back({at, "warning: " + printable(text)});
}

std::string Problems::report(const std::string& file) const {
  std::vector<Problem> sorted = problems_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Problem& a, const Problem& b) { return a.at < b.at; });
  std::string text;
  for (const Problem& problem : sorted) {
    text += problem.at.line == 0 ? fmt::format("{}: {}\n", file, problem.text)
                                 : fmt::format("{}:{}: {}\n", file, to_text(problem.at), problem.text);
  }
  return text;
}

}  // namespace desist::cli
