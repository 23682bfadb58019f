#pragma once

/// A config file as it was written: typed, checked for everything that can be seen without touching anything
/// it names. Whether programs, databases and ports are there is `assemble`'s to find out.

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "desist/command.hpp"
#include "desist/server.hpp"
#include "desist/sqlite.hpp"

#include "cli/problems.hpp"

namespace desist::cli {

/// A source of type "all", by the names of its parts.
struct Composite {
  struct Part {
    std::string name;
    Position at;
  };
  std::vector<Part> of;
};

struct SourceConfig {
  std::string name;
  Position at;                                        ///< of its table
  std::map<std::string, Position, std::less<>> keys;  ///< where each value stands
  std::variant<Command::Options, Sqlite::Options, Composite> settings;
  std::map<std::string, Position, std::less<>> wants;  ///< its own placeholders, and where they stand
  bool wants_known = true;                             ///< false: its placeholders or parts could not be read
  bool whole = true;                                   ///< false: it has a problem of its own
};

struct RouteConfig {
  Position at;
  Position source_at;
  std::map<std::string, Position, std::less<>> params_at;
  std::string source;                ///< empty: it could not be read
  std::vector<std::string> in_path;  ///< the parameters of its path
  Route route;                       ///< all but its store; an empty path could not be read
};

struct Config {
  std::string file;
  ServerOptions server;
  Position listen_at;
  Position admin_listen_at;
  std::map<std::string, SourceConfig, std::less<>> sources;
  std::vector<RouteConfig> routes;
};

/// What could be read of a config, and all that is wrong with it. What has a problem stays in, as far as it
/// was read: others refer to it, and its problem should not make more.
struct Reading {
  Config config;
  Problems problems;
};

/// `file` is how messages call it, and where its relative paths begin.
[[nodiscard]] Reading read_config(std::string_view text, const std::string& file);
[[nodiscard]] Reading read_config_file(const std::string& file);

}  // namespace desist::cli
