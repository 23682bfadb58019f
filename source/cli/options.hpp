#pragma once

#include <string>
#include <variant>

namespace desist::cli {

struct Serve {
  std::string config;
};
struct Check {
  std::string config;
};
struct Version {};
/// Nothing to do but to say this: help that was asked for, or what is wrong with the command line.
struct Say {
  std::string text;
  int status = 0;  ///< 0: on standard output; else: on standard error, and the exit status
};

/// What a command line asks for.
using Wish = std::variant<Serve, Check, Version, Say>;

[[nodiscard]] Wish parse_options(int argc, const char* const* argv);

}  // namespace desist::cli
