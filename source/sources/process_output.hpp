#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace desist::process {

/// The last bytes of a stream.
class Tail {
 public:
  static constexpr std::size_t size = 4096;

  void append(std::string_view bytes);
  /// As one line of valid UTF-8 without control characters, for a log; blanks at the end are left out. "…"
  /// stands for what came before.
  [[nodiscard]] std::string line() const;

 private:
  std::string kept_;  // up to twice the size, so that dropping the front is rare
  bool cut_ = false;
};

/// Bytes from a stranger as one line: control characters escaped ("\n", "\x1b"), what is not UTF-8 as U+FFFD.
[[nodiscard]] std::string one_line(std::string_view bytes);

/// What there is to read of a pipe right now; 0 where that cannot be told.
[[nodiscard]] std::size_t readable_bytes(int fd) noexcept;

}  // namespace desist::process
