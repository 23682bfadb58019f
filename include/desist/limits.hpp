#pragma once

#include <chrono>
#include <cstddef>

#include "desist/api.hpp"
#include "desist/clock.hpp"

namespace desist {

/// What a client may take. Every time is absolute: a byte a second does not stretch it; `Duration::max()`
/// means never.
struct DESIST_API Limits {
  std::size_t max_in_flight = 256;      ///< requests; beyond: 503 with Retry-After: 1, never a queue
  std::size_t max_connections = 10000;  ///< beyond: the oldest idle one goes, else accepting pauses
  Duration header_timeout = std::chrono::seconds(10);  ///< for the whole head
  Duration body_timeout = std::chrono::seconds(20);    ///< for the whole body
  Duration write_timeout = std::chrono::seconds(30);  ///< for what is buffered of an answer, from when it was
  Duration idle_timeout = std::chrono::seconds(75);   ///< between requests
  std::size_t max_head = 32 * 1024;                   ///< bytes, request line and headers
  std::size_t max_headers = 100;                      ///< header lines
  std::size_t max_body = 1024 * 1024;                 ///< bytes, after chunks are decoded
  std::size_t max_line = 8000;                        ///< bytes of the target, or of one header line
  std::size_t max_unread = 64 * 1024;      ///< bytes a client may send ahead while its request is in flight
  std::size_t write_buffer = 1024 * 1024;  ///< bytes of a streamed answer that wait for a slow reader
};

/// What a client's leaving does to its request.
enum class OnDisconnect {
  cancel,  ///< cancels it, cause `client_gone`
  finish   ///< is recorded, and cancels nothing; a deadline, the shutdown and an operator still do
};

/// What a client that shuts down its writing side is taken for. On the wire that looks like leaving.
enum class HalfClose {
  gone,  ///< one that has left
  keep   ///< one that still reads: only a reset tells that it has left
};

}  // namespace desist
