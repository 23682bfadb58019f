#pragma once

#include <map>
#include <memory>
#include <string>

#include "desist/store.hpp"

#include "cli/config.hpp"

namespace desist::cli {

using Stores = std::map<std::string, std::shared_ptr<Store>, std::less<>>;

/// Builds every source that is whole, and reports, at the key that names it, what cannot be had: a program, a
/// directory, a database, a statement. A composite is built where all its parts were.
[[nodiscard]] Stores build_sources(const Config& config, Problems& problems);

}  // namespace desist::cli
