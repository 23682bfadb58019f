#pragma once

#include <cstddef>
#include <string_view>

namespace desist {

/// The beginning of a text: one character, or the longest part of one that cannot be completed.
struct Utf8Lead {
  std::size_t size;
  bool whole;
};

/// Of a text that is not empty. UTF-8 is RFC 3629: shortest form, no surrogates, no more than U+10FFFF.
[[nodiscard]] Utf8Lead utf8_lead(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace desist
