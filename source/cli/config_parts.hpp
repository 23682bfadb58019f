#pragma once

#include <toml++/toml.h>

#include "cli/config.hpp"
#include "cli/section.hpp"

namespace desist::cli {

/// The parts of a config, each reading its own tables of the file.
void read_server(Section& root, Config& config, Problems& problems);
void read_sources(Section& root, Config& config, Problems& problems);
void read_routes(Section& root, Config& config, Problems& problems);

/// What the parts say of each other: names that must exist, circles, and placeholders that nobody fills.
void check_links(const Config& config, const toml::table& root, Problems& problems);

/// The line and column that a person looks at for a TOML error, and what to write instead.
[[nodiscard]] std::string syntax_message(std::string_view description, std::string_view line);

}  // namespace desist::cli
