#include <algorithm>
#include <utility>

#include <re2/re2.h>

#include "cli/config_parts.hpp"
#include "cli/placeholders.hpp"
#include "server/params.hpp"

namespace desist::cli {
namespace {

constexpr Duration shortest = std::chrono::milliseconds(1);
constexpr Duration longest = std::chrono::hours(365 * 24);

const std::vector<std::string> methods_known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

bool check_pattern(const Param& param, std::string_view key, Position at, Problems& problems) {
  const RE2 pattern(param.pattern, RE2::Quiet);
  if (pattern.ok()) return true;
  problems.add(at, fmt::format("{}: '{}' is no RE2 pattern: {}; write one, such as '[0-9]{{4}}'", key,
                               param.pattern, pattern.error()));
  return false;
}

std::string percent_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return encoded;
}

/// A default must be a value that a client might send.
void check_default(const std::string& name, Param param, Position at, Problems& problems) {
  const std::string fallback = std::exchange(param.fallback, std::nullopt).value();
  const server::Params params("", {}, {{name, std::move(param)}});
  const auto values = params.read({}, name + "=" + percent_encoded(fallback));
  if (values) return;
  std::string_view why = values.error();
  if (why.ends_with('.')) why.remove_suffix(1);
  problems.add(
      at, fmt::format("params.{}: the default \"{}\" would be refused: {}; write one that is accepted", name,
                      fallback, why));
}

Param read_param(const toml::node& node, std::string_view name, bool in_path, Problems& problems) {
  Param param;
  const std::string key = fmt::format("params.{}", name);
  if (const auto* pattern = node.as_string()) {
    param.pattern = pattern->get();
    check_pattern(param, key, begin_of(node), problems);
    return param;
  }
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    problems.add(begin_of(node),
                 fmt::format("{}: {} where a pattern belongs; write {} = '[0-9]{{4}}', or a table with "
                             "pattern, type, default",
                             key, describe(node), key));
    return param;
  }
  Section section(*table, key, begin_of(node), problems);
  section.choice<Param::Type>(
      "type", param.type,
      {{"text", Param::Type::text}, {"integer", Param::Type::integer}, {"number", Param::Type::number}});
  section.text("pattern", param.pattern, "'[0-9]{4}'");
  std::string fallback;
  if (section.text("default", fallback, "\"100\"")) param.fallback = fallback;
  if (in_path && section.has("default")) {
    section.problem("default",
                    fmt::format("never used, since {{{}}} is part of the path; leave it out", name));
  }
  const bool compiles = check_pattern(param, key, section.at("pattern"), problems);
  if (compiles && param.fallback) check_default(std::string(name), param, section.at("default"), problems);
  section.close();
  return param;
}

void read_params(Section& section, RouteConfig& route, Problems& problems) {
  const toml::table* params = section.table("params", "params.year = '[0-9]{4}'");
  if (params == nullptr) return;
  for (const auto& [key, node] : *params) {
    const std::string name(key.str());
    const Position at = begin_of(key);
    if (!is_parameter_name(name)) {
      problems.add(
          at, fmt::format("params: \"{}\" cannot name a parameter; write letters, digits and \"_\"", name));
      continue;
    }
    const bool found = std::find(route.in_path.begin(), route.in_path.end(), name) != route.in_path.end();
    route.params_at.emplace(name, at);
    route.route.params.emplace(name, read_param(node, name, found, problems));
  }
}

void read_methods(Section& section, RouteConfig& route, Problems& problems) {
  const PlacedTexts read = section.some_texts("methods", R"(["GET"])");
  if (!read.whole) return;
  std::vector<std::string>& methods = route.route.methods;
  methods.clear();
  for (const auto& [method, at] : read.items) {
    if (std::find(methods_known.begin(), methods_known.end(), method) == methods_known.end()) {
      problems.add(
          at, fmt::format("methods: \"{}\" is not served; {}", method, suggestion(method, methods_known)));
    }
    if (std::find(methods.begin(), methods.end(), method) != methods.end()) {
      problems.add(at, fmt::format("methods: \"{}\" stands in it twice; name each method once", method));
    }
    methods.push_back(method);
  }
}

/// Leaves route.path empty where it cannot be used.
void read_path(Section& section, RouteConfig& route) {
  std::string path;
  section.require("path", "\"/reports/{year}\"");
  if (!section.text("path", path, "\"/reports/{year}\"")) return;
  Read<std::vector<std::string>> names = placeholders_of_path(path);
  if (!names) {
    section.problem("path", names.error());
    return;
  }
  static const RE2 forbidden(R"([?#%\x00-\x1f\x7f]|//|/\.\.?(/|$))");
  if (RE2::PartialMatch(path, forbidden)) {
    section.problem(
        "path",
        fmt::format("\"{}\" holds a control character, an empty segment, \".\", \"..\", or one of ? # %; "
                    "write plain segments: \"/reports/{{year}}\"",
                    path));
    return;
  }
  route.in_path = std::move(*names);
  route.route.path = std::move(path);
}

void read_route(const toml::table& table, RouteConfig& route, Problems& problems) {
  Section section(table, "[[route]]", route.at, problems);
  read_path(section, route);
  read_methods(section, route, problems);
  section.require("source", "\"report\"");
  section.text("source", route.source, "\"report\"");
  route.source_at = section.at("source");
  Duration timeout = std::chrono::seconds(30);
  if (section.duration("timeout", timeout, {shortest, longest})) route.route.timeout = timeout;
  section.choice<OnDisconnect>("on_disconnect", route.route.on_disconnect,
                               {{"cancel", OnDisconnect::cancel}, {"finish", OnDisconnect::finish}});
  section.choice<HalfClose>("half_close", route.route.half_close,
                            {{"gone", HalfClose::gone}, {"keep", HalfClose::keep}});
  read_params(section, route, problems);
  section.close();
}

}  // namespace

void read_routes(Section& root, Config& config, Problems& problems) {
  const toml::node* node = root.any("route");
  constexpr std::string_view example = "[[route]], with path = \"/report\" and source = \"report\" below it";
  const toml::array* routes = node != nullptr ? node->as_array() : nullptr;
  if (node == nullptr || (routes != nullptr && routes->empty())) {
    problems.add({1, 1}, fmt::format("there is no route; add {}", example));
    return;
  }
  if (routes == nullptr) {
    root.problem("route",
                 fmt::format("{} where a list of tables belongs; write {}", describe(*node), example));
    return;
  }
  for (const toml::node& element : *routes) {
    const toml::table* table = element.as_table();
    RouteConfig route;
    route.at = begin_of(element);
    if (table == nullptr) {
      problems.add(route.at,
                   fmt::format("route: {} where a table belongs; write {}", describe(element), example));
    } else {
      read_route(*table, route, problems);
      config.routes.push_back(std::move(route));
    }
  }
}

}  // namespace desist::cli
