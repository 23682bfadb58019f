#include <algorithm>
#include <set>

#include <fmt/ranges.h>
#include <re2/re2.h>

#include "cli/config_parts.hpp"

namespace desist::cli {
namespace {

using Names = std::vector<std::string>;

/// Every name under [source], whole or not: who misspells inside a source should not also hear that there is
/// none.
Names source_names(const toml::table& root) {
  Names names;
  if (const toml::table* sources = root.get_as<toml::table>("source")) {
    for (const auto& [key, node] : *sources) names.emplace_back(key.str());
  }
  return names;
}

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The parts of a source; none where it is no composite.
const std::vector<Composite::Part>& parts_of(const SourceConfig& source) {
  static const std::vector<Composite::Part> none;
  const auto* composite = std::get_if<Composite>(&source.settings);
  return composite != nullptr ? composite->of : none;
}

/// What a source wants from its route, through its parts.
struct Wants {
  struct Place {
    std::string source;
    Position at;
  };
  std::map<std::string, Place> names;
  bool known = true;  // false where a part could not be read, and might want more
};

void collect(const Config& config, const std::string& name, std::set<std::string>& visited, Wants& wants) {
  if (!visited.insert(name).second) return;
  const auto found = config.sources.find(name);
  if (found == config.sources.end()) {
    wants.known = false;
    return;
  }
  const SourceConfig& source = found->second;
  wants.known = wants.known && source.wants_known;
  for (const auto& [want, at] : source.wants) wants.names.emplace(want, Wants::Place{source.name, at});
  for (const Composite::Part& part : parts_of(source)) collect(config, part.name, visited, wants);
}

void check_route(const Config& config, const RouteConfig& route, const Names& sources, Problems& problems) {
  if (route.source.empty()) return;
  if (!contains(sources, route.source)) {
    problems.add(route.source_at, fmt::format("source: there is no source \"{}\"; {}", route.source,
                                              suggestion(route.source, sources)));
    return;
  }
  if (route.route.path.empty()) return;
  std::set<std::string> visited;
  Wants wants;
  collect(config, route.source, visited, wants);
  const auto has_params = [&route](const std::string& name) { return route.params_at.count(name) != 0; };
  Names lacking;  // what a misspelt name under params might stand for
  for (const std::string& name : route.in_path) {
    if (!has_params(name)) lacking.push_back(name);
  }
  for (const auto& [name, place] : wants.names) {
    if (has_params(name) || contains(route.in_path, name)) continue;
    lacking.push_back(name);
    problems.add(route.at,
                 fmt::format("the route \"{0}\" supplies no \"{1}\", which source \"{2}\" wants at {3}; "
                             "add {{{1}}} to the path, or params.{1} for the query string",
                             route.route.path, name, place.source, to_text(place.at)));
  }
  if (!wants.known) return;
  // A parameter that nobody wants is checked and passed on for nothing, which is no mistake; a misspelt one
  // is.
  for (const auto& [name, at] : route.params_at) {
    if (contains(route.in_path, name) || wants.names.count(name) != 0) continue;
    const std::string meant = nearest(name, lacking);
    if (meant.empty()) continue;
    problems.add(
        at, fmt::format("params.{0}: \"{0}\" is neither in the path \"{1}\" nor wanted by source \"{2}\"; "
                        "did you mean \"{3}\"?",
                        name, route.route.path, route.source, meant));
  }
}

void check_duplicates(const Config& config, Problems& problems) {
  static const RE2 any_parameter(R"(\{[^}]*\})");
  std::map<std::pair<std::string, std::string>, const RouteConfig*> taken;
  for (const RouteConfig& route : config.routes) {
    if (route.route.path.empty()) continue;
    // Parameters take any segment, whatever they are called.
    std::string shape = route.route.path;
    RE2::GlobalReplace(&shape, any_parameter, "{}");
    for (const std::string& method : route.route.methods) {
      const auto [other, added] = taken.emplace(std::pair(shape, method), &route);
      if (added || other->second == &route) continue;  // twice in one route has been reported there
      problems.add(
          route.at,
          fmt::format("{} \"{}\" is taken by the route \"{}\" at {}; give one of the two another "
                      "path or other methods",
                      method, route.route.path, other->second->route.path, to_text(other->second->at)));
    }
  }
}

/// Finds circles of composites: each is reported once, at the part that closes it.
class Circles {
 public:
  Circles(const Config& config, Problems& problems) : config_(config), problems_(problems) {}

  void search() {
    for (const auto& [name, source] : config_.sources) visit(source, source.at);
  }

 private:
  /// `named_at`: where the part stands that led here.
  void visit(const SourceConfig& source, Position named_at) {
    if (done_.count(source.name) != 0) return;
    const auto on_way = std::find(way_.begin(), way_.end(), source.name);
    if (on_way != way_.end()) {
      Names circle(on_way, way_.end());
      circle.push_back(source.name);
      problems_.add(named_at, fmt::format("of: a circle: {}; take one of them out of an \"of\"",
                                          fmt::join(circle, " -> ")));
      return;
    }
    way_.push_back(source.name);
    for (const Composite::Part& part : parts_of(source)) {
      const auto found = config_.sources.find(part.name);
      if (found != config_.sources.end()) visit(found->second, part.at);
    }
    way_.pop_back();
    done_.insert(source.name);
  }

  const Config& config_;
  Problems& problems_;
  Names way_;
  std::set<std::string> done_;
};

void check_parts(const Config& config, const Names& sources, Problems& problems) {
  for (const auto& [name, source] : config.sources) {
    for (const Composite::Part& part : parts_of(source)) {
      if (contains(sources, part.name)) continue;
      problems.add(part.at, fmt::format("of: there is no source \"{}\"; {}", part.name,
                                        suggestion(part.name, sources)));
    }
  }
}

/// A shutdown does not wait for a grace period that is longer than its own.
void check_graces(const Config& config, Problems& problems) {
  for (const auto& [name, source] : config.sources) {
    const auto* command = std::get_if<Command::Options>(&source.settings);
    if (command == nullptr || command->grace < config.server.stop_timeout) continue;
    const auto written = source.keys.find("grace");
    problems.warn(written != source.keys.end() ? written->second : source.at,
                  fmt::format("grace: \"{0}\" is not below the server's stop_timeout, \"{1}\", at which a "
                              "shutdown kills what is left and exits with 1; write less than \"{1}\", or a "
                              "longer stop_timeout",
                              to_text(command->grace), to_text(config.server.stop_timeout)));
  }
}

}  // namespace

void check_links(const Config& config, const toml::table& root, Problems& problems) {
  const Names sources = source_names(root);
  check_parts(config, sources, problems);
  Circles(config, problems).search();
  for (const RouteConfig& route : config.routes) check_route(config, route, sources, problems);
  check_duplicates(config, problems);
  check_graces(config, problems);
}

}  // namespace desist::cli
