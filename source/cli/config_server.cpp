#include "cli/config_parts.hpp"

namespace desist::cli {
namespace {

constexpr Duration instant = Duration::zero();
constexpr Duration shortest = std::chrono::milliseconds(1);
constexpr Duration longest = std::chrono::hours(365 * 24);
constexpr std::size_t mebibyte = 1024 * 1024;

void read_listener(Section& section, Config& config) {
  Limits& limits = config.server.limits;
  section.endpoint("listen", config.server.listen);
  config.listen_at = section.at("listen");
  section.count("max_in_flight", limits.max_in_flight, {1, 1'000'000});
  section.count("max_connections", limits.max_connections, {1, 1'000'000});
  section.duration("header_timeout", limits.header_timeout, {shortest, longest});
  section.duration("body_timeout", limits.body_timeout, {shortest, longest});
  section.duration("write_timeout", limits.write_timeout, {shortest, longest});
  section.duration("idle_timeout", limits.idle_timeout, {shortest, longest});
  section.size("max_head", limits.max_head, {1024, 16 * mebibyte});
  section.count("max_headers", limits.max_headers, {1, 10'000});
  section.size("max_body", limits.max_body, {0, 1024 * mebibyte});
  section.duration("shutdown_grace", config.server.shutdown_grace, {instant, longest});
  section.duration("stop_timeout", config.server.stop_timeout, {shortest, longest});
  section.duration("overdue_after", config.server.overdue_after, {shortest, longest});
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
