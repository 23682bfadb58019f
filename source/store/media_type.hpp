#pragma once

#include <string>
#include <string_view>

namespace desist {

/// The type and subtype of a content type, in lower case and without parameters: "text/plain" of
/// "Text/Plain; charset=utf-8".
[[nodiscard]] std::string media_type(std::string_view content_type);

}  // namespace desist
