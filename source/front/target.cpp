#include "front/target.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include <arpa/inet.h>

#include "front/characters.hpp"

namespace desist::front {
namespace {

constexpr Fault bad_form{400, "The target must begin with / or http://."};
constexpr Fault bad_scheme{400, "A target with a scheme must begin with http://."};
constexpr Fault bad_authority{400, "The target's authority must be a host, with a port or without."};
constexpr Fault bad_asterisk{400, "The target * goes with OPTIONS alone."};
constexpr Fault has_fragment{400, "The target must have no fragment."};
constexpr Fault bad_escape{
    400, "A percent sign in the target must be followed by two hexadecimal digits, not 00."};
constexpr Fault has_backslash{400, "A backslash in the path must be percent-encoded."};
constexpr Fault has_dots{400, "The path must have no . or .. segments."};

constexpr std::string_view scheme = "http://";

bool is_escape(std::string_view text) {
  return text.size() >= 3 && text[0] == '%' && is(Class::hex, text[1]) && is(Class::hex, text[2]);
}

char escaped(std::string_view text) {
  return static_cast<char>(hex_value(text[1]) * 16 + hex_value(text[2]));
}

// Every % begins an escape, and none of them is %00.
bool escapes_are_sound(std::string_view text) {
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 3)) {
    if (!is_escape(text.substr(i)) || escaped(text.substr(i)) == '\0') return false;
  }
  return true;
}

// Walks the decoded path once, counting the dots of a segment that has nothing but dots so far.
bool has_dot_segment(std::string_view path) {
  constexpr int other = 3;  // a segment of something else than dots, or of three and more
  int dots = other;         // what stands before the first slash is no segment
  for (std::size_t i = 0; i < path.size(); ++i) {
    char c = path[i];
    if (c == '%') {
      c = escaped(path.substr(i));
      i += 2;
    }
    if (c == '/' || c == '\\') {
      if (dots == 1 || dots == 2) return true;
      dots = 0;
    } else {
      dots = c == '.' ? std::min(dots + 1, other) : other;
    }
  }
  return dots == 1 || dots == 2;
}

bool is_port(std::string_view text) {
  if (text.empty()) return true;  // "host:" is well-formed: the scheme's own port
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_ipv6(std::string_view text) {
  in6_addr address{};
  return text.size() <= INET6_ADDRSTRLEN && inet_pton(AF_INET6, std::string(text).c_str(), &address) == 1;
}

bool is_reg_name(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is(Class::reg_name, text[i])) continue;
    if (!is_escape(text.substr(i)) || !is(Class::field, escaped(text.substr(i)))) return false;
    i += 2;
  }
  return !text.empty();
}

std::optional<Fault> fault_of_path(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (target.find('#') != std::string_view::npos) return has_fragment;
  if (!escapes_are_sound(target)) return bad_escape;
  if (path.find('\\') != std::string_view::npos) return has_backslash;
  if (has_dot_segment(path)) return has_dots;
  return {};
}

// "http://host" and "http://host?query" have an empty path, which is "/", or "*" for OPTIONS without a query.
std::string origin_form(std::string_view method, std::string_view path_and_query) {
  if (path_and_query.empty()) return method == "OPTIONS" ? "*" : "/";
  std::string form(path_and_query.front() == '/' ? "" : "/");
  return form.append(path_and_query);
}

}  // namespace

bool is_authority(std::string_view text) {
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) return false;
    text.remove_prefix(close + 1);
    return text.empty() || (text.front() == ':' && is_port(text.substr(1)));
  }
  const std::size_t colon = std::min(text.find(':'), text.size());
  if (colon < text.size() && !is_port(text.substr(colon + 1))) return false;
  return is_reg_name(text.substr(0, colon));
}

tl::expected<ResolvedTarget, Fault> resolve_target(std::string_view method, std::string_view raw) {
  ResolvedTarget resolved;
  if (raw == "*") {
    if (method != "OPTIONS") return tl::unexpected(bad_asterisk);
    resolved.target = raw;
    return resolved;
  }
  if (raw.front() == '/') {
    if (auto fault = fault_of_path(raw)) return tl::unexpected(*fault);
    resolved.target = raw;
    return resolved;
  }
  if (!same_name(raw.substr(0, scheme.size()), scheme)) {
    return tl::unexpected(raw.find("://") == std::string_view::npos ? bad_form : bad_scheme);
  }
  const std::string_view rest = raw.substr(scheme.size());
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  if (!is_authority(rest.substr(0, end))) return tl::unexpected(bad_authority);
  if (auto fault = fault_of_path(rest.substr(end))) return tl::unexpected(*fault);
  resolved.target = origin_form(method, rest.substr(end));
  resolved.authority = rest.substr(0, end);
  return resolved;
}

}  // namespace desist::front
