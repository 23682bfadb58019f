#pragma once

#include <string_view>

#include "desist/api.hpp"
#include "desist/context.hpp"
#include "desist/payload.hpp"
#include "desist/query.hpp"

namespace desist {

/// What a handler asks for data. A Store is responsible for itself: it hands its Context on to all that it
/// depends on, and returns only when everything that it started has stopped.
class DESIST_API Store {
 public:
  virtual ~Store() = default;
  /// The answer to `query`. Called from many threads at once, on the thread that serves the request; it may
  /// block. It returns soon after `ctx` stops, with `cancelled`, unless the result was complete by then: what
  /// is finished is never reported as cancelled. Until it returns, its request stays in flight.
  ///
  /// Errors are values; their message goes to the log, never to the client. An exception that escapes is
  /// taken for `failed`. `query` and `ctx` are valid during the call; a copy of `ctx` may be kept,
  /// `query.body` not.
  [[nodiscard]] virtual Result<Payload> fetch(const Context& ctx, const Query& query) = 0;
};

}  // namespace desist
