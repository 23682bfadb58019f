#pragma once

/// What may stand in ServerOptions, both ends included. The config file is held to the same, and to a year
/// for every time.

#include <chrono>
#include <cstddef>

#include "desist/clock.hpp"

namespace desist::server {

template <class T>
struct Between {
  T least;
  T most;
  [[nodiscard]] constexpr bool holds(T value) const { return value >= least && value <= most; }
};

namespace ranges {

inline constexpr std::size_t mebibyte = 1024 * 1024;

inline constexpr Between<std::size_t> max_in_flight{1, 1'000'000};
inline constexpr Between<std::size_t> max_connections{1, 1'000'000};
inline constexpr Between<std::size_t> max_headers{1, 10'000};
inline constexpr Between<std::size_t> max_head{1024, 16 * mebibyte};
inline constexpr Between<std::size_t> max_line{256, 16 * mebibyte};
inline constexpr Between<std::size_t> max_body{0, 1024 * mebibyte};
inline constexpr Between<std::size_t> max_unread{0, 1024 * mebibyte};
inline constexpr Between<std::size_t> write_buffer{1, 1024 * mebibyte};
inline constexpr Between<Duration> timeout{std::chrono::milliseconds(1), Duration::max()};
inline constexpr Between<Duration> shutdown_grace{Duration::zero(), Duration::max()};

}  // namespace ranges
}  // namespace desist::server
