#pragma once

/// Reads the request line: METHOD SP target SP HTTP/1.x CRLF, and nothing looser.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "front/fault.hpp"

namespace desist::front {

enum class Version : std::uint8_t { http10, http11 };

class RequestLineReader {
 public:
  /// Uses bytes until the line's LF. One empty line before it is skipped, at nobody's expense.
  Step consume(std::string_view input, HeadRoom& room);

  /// Whether a byte of the line itself has come.
  [[nodiscard]] bool begun() const noexcept { return state_ > State::blank; }
  [[nodiscard]] bool complete() const noexcept { return state_ == State::complete; }

  std::string method;     ///< as far as it was read
  std::string target;     ///< as far as it was read; once complete: origin form or "*"
  std::string authority;  ///< of an absolute form, once complete
  Version version = Version::http11;

 private:
  enum class State : std::uint8_t { start, blank, method, target, version, end, complete };

  Step take(char c, HeadRoom& room);
  Step read_target(std::string_view input, HeadRoom& room);
  std::optional<Fault> decide(char c);
  std::optional<Fault> take_method(char c);
  std::optional<Fault> take_version(char c);
  std::optional<Fault> judge();

  State state_ = State::start;
  bool skipped_blank_ = false;
  std::uint8_t version_read_ = 0;  ///< bytes of "HTTP/d.d"
  char major_ = '1';
  char minor_ = '1';
};

}  // namespace desist::front
