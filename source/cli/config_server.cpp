#include "cli/config_parts.hpp"

namespace desist::cli {
namespace {

namespace ranges = server::ranges;

constexpr Duration longest = std::chrono::hours(365 * 24);
constexpr Between<Duration> timeout{ranges::timeout.least, longest};

void read_listener(Section& section, Config& config) {
  Limits& limits = config.server.limits;
  section.endpoint("listen", config.server.listen);
  config.listen_at = section.at("listen");
  section.count("max_in_flight", limits.max_in_flight, ranges::max_in_flight);
  section.count("max_connections", limits.max_connections, ranges::max_connections);
  section.duration("header_timeout", limits.header_timeout, timeout);
  section.duration("body_timeout", limits.body_timeout, timeout);
  section.duration("write_timeout", limits.write_timeout, timeout);
  section.duration("idle_timeout", limits.idle_timeout, timeout);
  section.size("max_head", limits.max_head, ranges::max_head);
  section.count("max_headers", limits.max_headers, ranges::max_headers);
  section.size("max_body", limits.max_body, ranges::max_body);
  section.duration("shutdown_grace", config.server.shutdown_grace, {ranges::shutdown_grace.least, longest});
  section.duration("stop_timeout", config.server.stop_timeout, timeout);
  section.duration("overdue_after", config.server.overdue_after, timeout);
  // No line is longer than the head that it stands in.
  limits.max_line = std::min(limits.max_line, limits.max_head);
  section.close();
}

void read_admin(Section& section, Config& config) {
  Endpoint endpoint{"127.0.0.1", 9180};
  section.require("listen", "\"127.0.0.1:9180\"");
  section.endpoint("listen", endpoint);
  config.admin_listen_at = section.at("listen");
  const Endpoint& server = config.server.listen;
  if (endpoint.port != 0 && endpoint.port == server.port && endpoint.address == server.address) {
    section.problem("listen", fmt::format("\"{}\" is the server's own; write another port: \"{}\"",
                                          to_text(endpoint), to_text(Endpoint{endpoint.address, 9180})));
  }
  config.server.admin = endpoint;
  section.close();
}

void read_log(Section& section, Config& config) {
  using Format = ServerOptions::LogFormat;
  section.choice<Format>("format", config.server.log_format,
                         {{"auto", Format::automatic}, {"json", Format::json}, {"text", Format::text}});
  section.close();
}

}  // namespace

void read_server(Section& root, Config& config, Problems& problems) {
  if (const toml::table* table = root.table("server", "[server]")) {
    Section section(*table, "[server]", root.at("server"), problems);
    read_listener(section, config);
  }
  if (const toml::table* table = root.table("admin", "[admin]")) {
    Section section(*table, "[admin]", root.at("admin"), problems);
    read_admin(section, config);
  }
  if (const toml::table* table = root.table("log", "[log]")) {
    Section section(*table, "[log]", root.at("log"), problems);
    read_log(section, config);
  }
}

}  // namespace desist::cli
