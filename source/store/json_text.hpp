#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace desist {

/// Appends `text` as a JSON string, quotes and escapes included, and gives up once `out` is longer than
/// `max_size`: false, with `out` at most a few bytes beyond it. What is not UTF-8 becomes U+FFFD, one for
/// each maximal part of a sequence (Unicode, section 3.9), so the outcome is always valid JSON.
[[nodiscard]] bool append_json_string(std::string& out, std::string_view text, std::size_t max_size);

/// The same without a limit.
void append_json_string(std::string& out, std::string_view text);

/// Whether `text` is one JSON value (RFC 8259), perhaps with white space around it, and may stand inside
/// another.
[[nodiscard]] bool is_json_value(std::string_view text);

}  // namespace desist
