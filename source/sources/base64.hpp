#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace desist {

/// Appends the base64 of `bytes` (RFC 4648, section 4: padded, the standard alphabet).
void append_base64(std::string& out, std::span<const std::byte> bytes);

}  // namespace desist
