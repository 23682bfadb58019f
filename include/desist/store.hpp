#pragma once

#include <string_view>

#include "desist/api.hpp"
#include "desist/context.hpp"
#include "desist/payload.hpp"
#include "desist/query.hpp"

namespace desist {

/// What a handler asks for data. A Store is responsible for itself: it hands its Context on to all that it
/// depends on, and returns only when everything that it started has stopped.
///
/// `fetch` is called from many threads at once. It returns soon after `ctx` stops, with `cancelled`, unless
/// the result was complete by then: what is finished is never reported as cancelled.
class DESIST_API Store {
 public:
  virtual ~Store() = default;
  [[nodiscard]] virtual Result<Payload> fetch(const Context& ctx, const Query& query) = 0;
};

}  // namespace desist
