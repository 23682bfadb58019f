#pragma once

#include <string>
#include <string_view>

namespace desist {

/// Whether it is a type and a subtype (RFC 6838, 4.2), perhaps with parameters behind a ';': anything
/// printable.
[[nodiscard]] bool is_content_type(std::string_view text) noexcept;

/// The type and subtype of a content type, in lower case and without parameters: "text/plain" of
/// "Text/Plain; charset=utf-8".
[[nodiscard]] std::string media_type(std::string_view content_type);

}  // namespace desist
