#include "store/utf8.hpp"

#include <cstdint>

namespace desist {
namespace {

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

}  // namespace

Utf8Lead utf8_lead(std::string_view text) noexcept {
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

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const Utf8Lead lead = utf8_lead(text);
    if (!lead.whole) return false;
    text.remove_prefix(lead.size);
  }
  return true;
}

}  // namespace desist
