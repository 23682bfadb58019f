#pragma once

/// Text as it comes from clients, and as it may go into a line of the log.

#include <string>
#include <string_view>

namespace desist::server {

/// What a '+' stands for: itself in a path, a space in a query string.
enum class Plus { literal, space };

/// Appends `text` to `out` with its %XX escapes decoded. False for an escape that is none; `out` is then of
/// no use.
[[nodiscard]] bool percent_decode(std::string_view text, Plus plus, std::string& out);

/// Appends `text` with everything escaped, as in a JSON string, that could end a line or a string, or steer a
/// terminal: quotes, backslashes, control characters (C1 too). What is not UTF-8 becomes U+FFFD. Without the
/// quotes around it.
void append_escaped(std::string& out, std::string_view text);

}  // namespace desist::server
