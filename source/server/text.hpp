#pragma once

/// Text as it comes from clients, and as it may go into a line of the log.

#include <cstddef>
#include <string>
#include <string_view>

namespace desist::server {

/// What a '+' stands for: itself in a path, a space in a query string.
enum class Plus { literal, space };

/// Appends `text` to `out` with its %XX escapes decoded. False for an escape that is none; `out` is then of
/// no use.
[[nodiscard]] bool percent_decode(std::string_view text, Plus plus, std::string& out);

/// The length of the UTF-8 sequence that `text` begins with (RFC 3629: shortest form, no surrogates, no more
/// than U+10FFFF); 0 where it begins with none.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Appends `text` with everything escaped, as in a JSON string, that could end a line or a string, or steer a
/// terminal: quotes, backslashes, control characters (C1 too). What is not UTF-8 becomes U+FFFD. Without the
/// quotes around it.
void append_escaped(std::string& out, std::string_view text);

}  // namespace desist::server
