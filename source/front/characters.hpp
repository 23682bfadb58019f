#pragma once

/// The character classes of HTTP's grammar (RFC 9110, section 5.6), by table, free of locales and signs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace desist::front {

enum class Class : std::uint8_t {
  token = 1,     ///< tchar: what names and methods are made of
  visible = 2,   ///< VCHAR: 0x21 to 0x7E
  field = 4,     ///< what a header's value may hold: VCHAR, SP, HTAB, obs-text (0x80 to 0xFF)
  digit = 8,     ///< 0-9
  hex = 16,      ///< 0-9 a-f A-F
  reg_name = 32  ///< unreserved and sub-delims of a host name (RFC 3986), without the comma
};

namespace detail {

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> table{};
  auto add = [&table](unsigned char c, Class what) {
    table[c] = static_cast<std::uint8_t>(table[c] | static_cast<std::uint8_t>(what));
  };
  for (unsigned c = 0x21; c <= 0x7E; ++c) {
    add(static_cast<unsigned char>(c), Class::visible);
    add(static_cast<unsigned char>(c), Class::field);
  }
  for (unsigned c = 0x80; c <= 0xFF; ++c) add(static_cast<unsigned char>(c), Class::field);
  add(' ', Class::field);
  add('\t', Class::field);
  for (unsigned char c = '0'; c <= '9'; ++c) {
    for (const Class what : {Class::token, Class::digit, Class::hex, Class::reg_name}) add(c, what);
  }
  for (unsigned char c = 'A'; c <= 'Z'; ++c) {
    const auto lower = static_cast<unsigned char>(c + ('a' - 'A'));
    for (const Class what : {Class::token, Class::reg_name}) {
      add(c, what);
      add(lower, what);
    }
    if (c > 'F') continue;
    add(c, Class::hex);
    add(lower, Class::hex);
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) add(static_cast<unsigned char>(c), Class::token);
  for (const char c : std::string_view("-._~!$&'()*+;=")) add(static_cast<unsigned char>(c), Class::reg_name);
  return table;
}

inline constexpr std::array<std::uint8_t, 256> classes = make_classes();

}  // namespace detail

[[nodiscard]] constexpr bool is(Class what, char c) noexcept {
  return (detail::classes[static_cast<unsigned char>(c)] & static_cast<std::uint8_t>(what)) != 0;
}

/// How many characters of that class `text` begins with.
[[nodiscard]] constexpr std::size_t run_of(Class what, std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && is(what, text[n])) ++n;
  return n;
}

[[nodiscard]] constexpr bool all_of(Class what, std::string_view text) noexcept {
  return run_of(what, text) == text.size();
}

[[nodiscard]] constexpr bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

/// The value of a hexadecimal digit; `c` must be one.
[[nodiscard]] constexpr unsigned hex_value(char c) noexcept {
  if (c <= '9') return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

[[nodiscard]] constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

/// Equality without regard to the case of ASCII letters.
[[nodiscard]] constexpr bool same_name(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

/// Without the blanks (SP, HTAB) at both ends.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace desist::front
