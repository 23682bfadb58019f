#pragma once

#include <cstddef>
#include <span>

#include "desist/api.hpp"
#include "desist/error.hpp"

namespace desist {

/// Bytes to be pulled, for results that do not fit in memory or are not there yet. Used by one thread at a
/// time.
class DESIST_API Reader {
 public:
  virtual ~Reader() = default;

  /// Fills the front of `buffer` and returns how many bytes; waits for at least one. 0 means the end. After
  /// an error or the end it is not called again. Gives up with `cancelled` soon after `ctx` stops. An
  /// exception that escapes is taken for `failed`.
  [[nodiscard]] virtual Result<std::size_t> read(const Context& ctx, std::span<char> buffer) = 0;
};

}  // namespace desist
