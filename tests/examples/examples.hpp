#pragma once

#include <string>

#include "support/program.hpp"

namespace desist::test {

/// Where an example has been built: "cpu_loop", "embed".
[[nodiscard]] std::string example(const std::string& name);

/// An example's source: "cpu_loop.cpp", "embed/embed.cpp".
[[nodiscard]] std::string example_source(const std::string& file);

}  // namespace desist::test
