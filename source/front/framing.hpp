#pragma once

/// What a request's headers say together: how long its body is, and what becomes of the connection.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "front/fault.hpp"
#include "front/fields.hpp"
#include "front/request_line.hpp"

namespace desist::front {

struct Framing {
  enum class Body : std::uint8_t { none, sized, chunked };

  Body body = Body::none;
  std::size_t length = 0;  ///< of a sized body; more than zero
  bool expects_continue = false;
  bool keep_alive = true;
};

/// Judges the complete head. The order of its questions is part of the outcome: the first fault is the one
/// that is told.
[[nodiscard]] tl::expected<Framing, Fault> framing_of(Version version, const Fields& headers,
                                                      std::size_t max_body);

/// The fault of trailers that hold what only a head may say.
[[nodiscard]] std::optional<Fault> fault_of_trailers(const Fields& trailers);

/// The first X-Request-Id where it is well-formed, else empty.
[[nodiscard]] std::string request_id_of(const Fields& headers);

}  // namespace desist::front
