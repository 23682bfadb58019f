#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace desist::cli {

/// A place in a config file, counted from 1 in characters. Line 0: the file as a whole.
struct Position {
  std::size_t line = 0;
  std::size_t column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// "12:9".
[[nodiscard]] std::string to_text(Position at);

/// What is wrong with a config: gathered while all of it is read, so that a person sees everything at once.
class Problems {
 public:
  /// `text` is one line: what is wrong; what would be right.
  void add(Position at, std::string_view text);
  /// Likewise of what works, but hardly as it is meant: it is reported, and counts for nothing.
  void warn(Position at, std::string_view text);

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  /// One line each, `FILE:LINE:COLUMN: TEXT`, in the order of the file.
  [[nodiscard]] std::string report(const std::string& file) const;

 private:
  struct Problem {
    Position at;
    std::string text;
  };
  std::vector<Problem> problems_;
  std::size_t count_ = 0;  // without the warnings
};

}  // namespace desist::cli
