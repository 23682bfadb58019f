#pragma once

/// A cursor over a complete value, for the few places where a header's or chunk's grammar is more than one
/// word.

#include <string_view>

#include "front/characters.hpp"

namespace desist::front {

class Cursor {
 public:
  explicit Cursor(std::string_view text) noexcept : rest_(text) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  bool take(char c) noexcept {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void skip_blanks() noexcept {
    while (!rest_.empty() && is_blank(rest_.front())) rest_.remove_prefix(1);
  }

  /// Empty where there is none.
  std::string_view token() noexcept {
    const std::string_view word = rest_.substr(0, run_of(Class::token, rest_));
    rest_.remove_prefix(word.size());
    return word;
  }

  bool quoted_string() noexcept {
    if (!take('"')) return false;
    while (!rest_.empty() && is(Class::field, rest_.front())) {
      if (take('"')) return true;
      if (take('\\') && (rest_.empty() || !is(Class::field, rest_.front()))) return false;
      rest_.remove_prefix(1);
    }
    return false;
  }

  /// `token [ "=" ( token / quoted-string ) ]`, with blanks around the equals sign: they are bad, but must be
  /// read.
  bool parameter() noexcept {
    if (token().empty()) return false;
    const std::string_view behind_name = rest_;
    skip_blanks();
    if (!take('=')) {
      rest_ = behind_name;
      return true;
    }
    skip_blanks();
    return !token().empty() || quoted_string();
  }

 private:
  std::string_view rest_;
};

}  // namespace desist::front
