#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "desist/server.hpp"

#include "cli/config.hpp"

namespace desist::cli {

/// A server as its config wants it: sources built, routes in place, nothing started.
struct Loaded {
  Config config;
  std::unique_ptr<Server> server;
  std::string warnings;  ///< of the config, one a line
};

/// Reads the config and builds what it names: programs are looked for, databases opened, statements prepared.
/// Otherwise every problem of the config and of what it names, one a line.
[[nodiscard]] tl::expected<Loaded, std::string> load(const std::string& file);

/// Binds and begins to serve. Otherwise one line that says which address could not be had, and why.
[[nodiscard]] tl::expected<void, std::string> start(Loaded& loaded);

}  // namespace desist::cli
