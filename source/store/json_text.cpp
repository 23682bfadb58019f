#include "store/json_text.hpp"

#include <cstdint>
#include <limits>

#include <nlohmann/json.hpp>

namespace desist {
namespace {

/// The beginning of a text: one character, or the longest part of one that cannot be completed.
struct Lead {
  std::size_t size;
  bool whole;
};

constexpr std::uint8_t byte_at(std::string_view text, std::size_t index) noexcept {
  return static_cast<std::uint8_t>(text[index]);
}

// What a lead byte asks for (Unicode, table 3-7): how many bytes follow, and the range of the first of them,
// which rules out overlong forms, surrogates and what lies beyond U+10FFFF. The others are always 80..BF.
struct Shape {
  std::size_t following;
  std::uint8_t low;
  std::uint8_t high;
};

constexpr Shape shape_of(std::uint8_t lead) noexcept {
  if (lead >= 0xC2 && lead <= 0xDF) return {1, 0x80, 0xBF};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {2, 0x80, 0xBF};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  if (lead >= 0xF1 && lead <= 0xF3) return {3, 0x80, 0xBF};
  return {0, 0, 0};  // a following byte, or one that stands nowhere in UTF-8
}

Lead decode(std::string_view text) noexcept {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {1, true};
  const Shape shape = shape_of(lead);
  if (shape.following == 0) return {1, false};
  std::uint8_t low = shape.low;
  std::uint8_t high = shape.high;
  for (std::size_t i = 1; i <= shape.following; ++i) {
    if (i == text.size() || byte_at(text, i) < low || byte_at(text, i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {shape.following + 1, true};
}

void append_escape(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      break;
  }
  const auto code = static_cast<std::uint8_t>(c);
  out += "\\u00";
  out += hex[code >> 4U];
  out += hex[code & 0xFU];
}

constexpr bool plain(char c) noexcept {
  const auto code = static_cast<std::uint8_t>(c);
  return code >= 0x20 && code < 0x80 && c != '"' && c != '\\';
}

}  // namespace

bool append_json_string(std::string& out, std::string_view text, std::size_t max_size) {
  out += '"';
  while (!text.empty()) {
    std::size_t run = 0;  // of bytes that stand for themselves: nearly everything, appended at once
    while (run < text.size() && plain(text[run])) ++run;
    if (out.size() > max_size || run > max_size - out.size()) return false;
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    const Lead lead = decode(text);
    if (!lead.whole) {
      out += "\xEF\xBF\xBD";
    } else if (lead.size == 1) {
      append_escape(out, text[0]);
    } else {
      out.append(text.substr(0, lead.size));
    }
    text.remove_prefix(lead.size);
  }
  out += '"';
  return out.size() <= max_size;
}

void append_json_string(std::string& out, std::string_view text) {
  static_cast<void>(append_json_string(out, text, std::numeric_limits<std::size_t>::max()));
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const Lead lead = decode(text);
    if (!lead.whole) return false;
    text.remove_prefix(lead.size);
  }
  return true;
}

bool is_json_value(std::string_view text) {
  // The parser passes over a byte order mark and takes a NUL for the end of its input. Both would end up in
  // the middle of the document that the value is put into.
  if (text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos) return false;
  return nlohmann::json::accept(text);
}

}  // namespace desist
