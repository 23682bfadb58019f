#pragma once

#include <string>
#include <string_view>

#include <toml++/toml.h>

#include <tl/expected.hpp>

#include "cli/problems.hpp"

namespace desist::cli {

struct SyntaxError {
  Position at;
  std::string description;
};

/// Parses TOML; whatever the text holds, the outcome is a table or an error. TOML's parsers stop at the first
/// error.
[[nodiscard]] tl::expected<toml::table, SyntaxError> parse_toml(std::string_view text,
                                                                const std::string& file);

}  // namespace desist::cli
