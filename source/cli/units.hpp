#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "desist/clock.hpp"
#include "desist/server.hpp"

namespace desist::cli {

/// What a text in a config means, or else one line: what is wrong with it; what would be right.
template <class T>
using Read = tl::expected<T, std::string>;

/// "250ms", "10s", "5m", "1h": a whole number and a unit; at the most a year.
[[nodiscard]] Read<Duration> parse_duration(std::string_view text);

/// "512B", "32KiB", "1MiB".
[[nodiscard]] Read<std::size_t> parse_size(std::string_view text);

/// "127.0.0.1:8080", "[::1]:8080"; port 0 picks one.
[[nodiscard]] Read<Endpoint> parse_endpoint(std::string_view text);

/// As they stand in a config, in the largest unit that fits without a rest.
[[nodiscard]] std::string to_text(Duration duration);
[[nodiscard]] std::string size_text(std::size_t bytes);
[[nodiscard]] std::string to_text(const Endpoint& endpoint);

}  // namespace desist::cli
