#include "server/check_options.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>

#include "server/ranges.hpp"

namespace desist::server {
namespace {

[[noreturn]] void refuse(std::string_view member, const std::string& what) {
  throw std::invalid_argument("ServerOptions: " + std::string(member) + ": " + what);
}

void check(std::string_view member, std::size_t value, const Between<std::size_t>& range) {
  if (range.holds(value)) return;
  refuse(member, std::to_string(value) + " is out of range; " + std::to_string(range.least) + " to " +
                     std::to_string(range.most));
}

void check(std::string_view member, Duration value, const Between<Duration>& range) {
  if (range.holds(value)) return;
  const auto least = std::chrono::duration_cast<std::chrono::milliseconds>(range.least).count();
  refuse(member, "too short; " + std::to_string(least) + " ms or more, Duration::max() for never");
}

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

void check(std::string_view member, const Endpoint& endpoint) {
  if (is_address(endpoint.address)) return;
  refuse(member,
         "\"" + endpoint.address +
             "\" is no IP address; \"127.0.0.1\" or \"::1\" for this machine, \"0.0.0.0\" or \"::\" for "
             "every address of it");
}

void check_log(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY) return;
  refuse("log_descriptor", std::to_string(descriptor) +
                               " cannot be written to; an open descriptor, or LogFormat::none for no log");
}

}  // namespace

void check_options(const ServerOptions& options) {
  check("listen.address", options.listen);
  if (options.admin) check("admin.address", *options.admin);
  const Limits& limits = options.limits;
  check("limits.max_in_flight", limits.max_in_flight, ranges::max_in_flight);
  check("limits.max_connections", limits.max_connections, ranges::max_connections);
  check("limits.header_timeout", limits.header_timeout, ranges::timeout);
  check("limits.body_timeout", limits.body_timeout, ranges::timeout);
  check("limits.write_timeout", limits.write_timeout, ranges::timeout);
  check("limits.idle_timeout", limits.idle_timeout, ranges::timeout);
  check("limits.max_head", limits.max_head, ranges::max_head);
  check("limits.max_headers", limits.max_headers, ranges::max_headers);
  check("limits.max_body", limits.max_body, ranges::max_body);
  check("limits.max_line", limits.max_line, ranges::max_line);
  check("limits.max_unread", limits.max_unread, ranges::max_unread);
  check("limits.write_buffer", limits.write_buffer, ranges::write_buffer);
  check("shutdown_grace", options.shutdown_grace, ranges::shutdown_grace);
  check("stop_timeout", options.stop_timeout, ranges::timeout);
  check("overdue_after", options.overdue_after, ranges::timeout);
  if (options.log_format != ServerOptions::LogFormat::none) check_log(options.log_descriptor);
}

}  // namespace desist::server
