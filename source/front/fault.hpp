#pragma once

/// What is wrong with the bytes of a request, as a value that the readers of its parts hand up.

#include <cstddef>
#include <optional>
#include <string_view>

#include "desist/limits.hpp"

namespace desist::front {

/// `detail` is one sentence that says what would be right. It is a literal: nothing of the client's is in it.
struct Fault {
  int status = 400;
  std::string_view detail;
};

/// What a reader did with its input: how many bytes it used, and the fault that the last of them showed.
struct Step {
  std::size_t used = 0;
  std::optional<Fault> fault;
};

/// What the head of one request may still take: one allowance for request line, headers, chunk extensions and
/// trailers.
struct HeadRoom {
  std::size_t bytes;   ///< left
  std::size_t fields;  ///< left
  std::size_t line;    ///< the longest target or header line

  explicit HeadRoom(const Limits& limits)
      : bytes(limits.max_head), fields(limits.max_headers), line(limits.max_line) {}
};

}  // namespace desist::front
