#pragma once

/// The request target (RFC 9112, section 3.2): checks it, and reduces an absolute form to path and query.

#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "front/fault.hpp"

namespace desist::front {

struct ResolvedTarget {
  std::string target;     ///< origin form, still percent-encoded, or "*"
  std::string authority;  ///< of an absolute form, else empty
};

/// `raw` must be visible ASCII. Dot segments are refused, not resolved: whoever resolves them differently
/// from the next in line lets a client reach what it must not. An encoded slash or backslash ends a segment
/// here.
[[nodiscard]] tl::expected<ResolvedTarget, Fault> resolve_target(std::string_view method,
                                                                 std::string_view raw);

/// Whether `text` is a host, with a port or without (RFC 3986: host [":" port]). A host must be there.
[[nodiscard]] bool is_authority(std::string_view text);

}  // namespace desist::front
