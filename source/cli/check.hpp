#pragma once

#include <string>

namespace desist::cli {

/// Says whether the config could be served, and why not. Exit status: 0, or 2.
[[nodiscard]] int check(const std::string& file);

}  // namespace desist::cli
