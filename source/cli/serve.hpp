#pragma once

#include <string>

namespace desist::cli {

/// Serves the config until a signal ends it. Exit status: 0 where all work had stopped, 1 where some had not
/// (its process groups have been killed), 2 for a config that cannot be served.
[[nodiscard]] int serve(const std::string& file);

}  // namespace desist::cli
