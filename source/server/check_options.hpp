#pragma once

#include "desist/server.hpp"

namespace desist::server {

/// Throws std::invalid_argument for what no server can do with, naming the member and what would be right.
void check_options(const ServerOptions& options);

}  // namespace desist::server
