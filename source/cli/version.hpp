#pragma once

#include <string>

namespace desist::cli {

/// desist's version, then a line each for the compiler and the dependencies that it was built with.
[[nodiscard]] std::string version_text();

}  // namespace desist::cli
