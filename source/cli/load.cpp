#include "cli/load.hpp"

#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "cli/build_sources.hpp"
#include "cli/units.hpp"

namespace desist::cli {
namespace {

/// Hands the routes to the server. What it refuses, though the config's own checks let it pass, is a problem
/// too.
void add_routes(const Config& config, const Stores& stores, Server& server, Problems& problems) {
  for (const RouteConfig& route : config.routes) {
    Route complete = route.route;
    complete.store = stores.at(route.source);
    try {
      server.route(std::move(complete));
    } catch (const std::invalid_argument& error) {
      problems.add(route.at, error.what());
    }
  }
}

std::string_view advice(const std::system_error& error) {
  if (error.code() == std::errc::address_in_use) return "stop what listens there, or write another port";
  if (error.code() == std::errc::permission_denied) return "write a port above 1023";
  if (error.code() == std::errc::address_not_available) return "write an address of this machine";
  return "write an address that can be listened on";
}

}  // namespace

tl::expected<Loaded, std::string> load(const std::string& file) {
  Reading reading = read_config_file(file);
  const Stores stores = build_sources(reading.config, reading.problems);
  if (!reading.problems.empty()) return tl::unexpected(reading.problems.report(file));
  auto server = std::make_unique<Server>(reading.config.server);
  add_routes(reading.config, stores, *server, reading.problems);
  if (!reading.problems.empty()) return tl::unexpected(reading.problems.report(file));
  std::string warnings = reading.problems.report(file);
  return Loaded{std::move(reading.config), std::move(server), std::move(warnings)};
}

tl::expected<void, std::string> start(Loaded& loaded) {
  try {
    loaded.server->start();
    return {};
  } catch (const std::system_error& error) {
    const Config& config = loaded.config;
    const std::string what = error.what();
    const bool admin = config.server.admin && what.find(to_text(*config.server.admin)) != std::string::npos;
    Problems problems;
    problems.add(admin ? config.admin_listen_at : config.listen_at,
                 fmt::format("listen: {}; {}", what, advice(error)));
    return tl::unexpected(problems.report(config.file));
  }
}

}  // namespace desist::cli
