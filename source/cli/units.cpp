#include "cli/units.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace desist::cli {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr milliseconds longest = hours(365 * 24);

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// Largest first: the order in which a value looks for its unit when it is written.
constexpr std::array<Unit, 4> time_units = {{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 3> size_units = {{{"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}};

struct Amount {
  std::int64_t number;
  std::string_view unit;
};

/// A whole number and the rest. False where there is no number, or one that no integer holds.
bool split(std::string_view text, Amount& amount) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount.number);
  if (error != std::errc()) return false;
  amount.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// The amount in the smallest unit; false where the unit is unknown or the product too large.
template <std::size_t N>
bool scale(const Amount& amount, const std::array<Unit, N>& units, std::int64_t& value) {
  for (const Unit& unit : units) {
    if (unit.name != amount.unit) continue;
    return !__builtin_mul_overflow(amount.number, unit.factor, &value);
  }
  return false;
}

template <std::size_t N>
std::string written(std::int64_t value, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  }
  return fmt::format("0{}", units.back().name);
}

tl::unexpected<std::string> wrong(std::string text) {
  return tl::unexpected<std::string>(std::move(text));
}

/// The unit that people write when they mean the binary one.
std::string_view binary_unit(std::string_view unit) {
  if (unit == "K" || unit == "k" || unit == "KB" || unit == "kB" || unit == "kb" || unit == "kib")
    return "KiB";
  if (unit == "M" || unit == "m" || unit == "MB" || unit == "mb" || unit == "mib") return "MiB";
  if (unit == "b" || unit.empty()) return "B";
  return {};
}

bool is_address(int family, const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return inet_pton(family, text.c_str(), bytes.data()) == 1;
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  if (text.empty() || text.size() > 5) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Read<Duration> parse_duration(std::string_view text) {
  Amount amount{};
  std::int64_t value = 0;
  if (split(text, amount)) {
    if (scale(amount, time_units, value)) {
      if (milliseconds(value) <= longest) return Duration(milliseconds(value));
      return wrong(fmt::format("\"{}\" is longer than a year; write at most \"{}\"", text, to_text(longest)));
    }
    if (amount.unit.empty()) {
      return wrong(fmt::format("\"{0}\" has no unit; write \"{0}s\" (or ms, m, h)", text));
    }
  }
  return wrong(fmt::format(
      "\"{}\" is not a duration; write a whole number and one unit: \"250ms\", \"10s\", \"5m\", \"1h\"",
      text));
}

Read<std::size_t> parse_size(std::string_view text) {
  Amount amount{};
  std::int64_t value = 0;
  if (split(text, amount)) {
    if (scale(amount, size_units, value)) return static_cast<std::size_t>(value);
    const std::string_view meant = binary_unit(amount.unit);
    if (!meant.empty()) {
      return wrong(fmt::format("\"{}\" has no unit of ours; write \"{}{}\" (or B, KiB, MiB)", text,
                               amount.number, meant));
    }
  }
  return wrong(fmt::format(
      "\"{}\" is not a size; write a whole number and one unit: \"512B\", \"32KiB\", \"1MiB\"", text));
}

Read<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    std::uint16_t port = 0;
    if (parse_port(text, port))
      return wrong(fmt::format("\"{0}\" has no address; write \"127.0.0.1:{0}\"", text));
    return wrong(fmt::format("\"{}\" has no port; write \"127.0.0.1:8080\"", text));
  }
  const std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  Endpoint endpoint;
  if (is_address(AF_INET6, std::string(text)) && !is_address(AF_INET6, std::string(host))) {
    return wrong(fmt::format("\"{0}\" has no port; write \"[{0}]:8080\"", text));
  }
  if (!parse_port(port_text, endpoint.port)) {
    return wrong(
        fmt::format("\"{}\" is no port; write a number from 0 to 65535: \"127.0.0.1:8080\"", port_text));
  }
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    endpoint.address = host.substr(1, host.size() - 2);
    if (is_address(AF_INET6, endpoint.address)) return endpoint;
    return wrong(fmt::format("\"{}\" is no IPv6 address; write \"[::1]:{}\"", endpoint.address, port_text));
  }
  endpoint.address = host;
  if (is_address(AF_INET, endpoint.address)) return endpoint;
  if (is_address(AF_INET6, endpoint.address)) {
    return wrong(fmt::format("\"{}\" lacks its brackets; write \"[{}]:{}\"", text, host, port_text));
  }
  if (host.empty()) {
    return wrong(
        fmt::format("\"{0}\" has no address; write \"127.0.0.1{0}\", or \"0.0.0.0{0}\" for every one", text));
  }
  return wrong(fmt::format("\"{}\" is no IP address; write one, such as \"127.0.0.1:{}\"", host, port_text));
}

std::string to_text(Duration duration) {
  return written(std::chrono::duration_cast<milliseconds>(duration).count(), time_units);
}

std::string size_text(std::size_t bytes) {
  return written(static_cast<std::int64_t>(bytes), size_units);
}

std::string to_text(const Endpoint& endpoint) {
  const bool ipv6 = endpoint.address.find(':') != std::string::npos;
  return ipv6 ? fmt::format("[{}]:{}", endpoint.address, endpoint.port)
              : fmt::format("{}:{}", endpoint.address, endpoint.port);
}

}  // namespace desist::cli
