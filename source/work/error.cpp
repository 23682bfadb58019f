#include "desist/error.hpp"

#include <exception>
#include <utility>

namespace desist {

std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::overloaded:
      return "overloaded";
    case ErrorCode::failed:
      return "failed";
    case ErrorCode::too_large:
      return "too_large";
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::not_found:
      return "not_found";
  }
  std::terminate();  // not one of the closed set
}

Error Error::cancelled(const Context& ctx) {
  Cause cause = ctx.cause().value_or(Cause{});
  std::string message = "gave up: " + std::string(to_string(cause.reason));
  if (!cause.detail.empty()) message += " (" + cause.detail + ")";
  return Error{.code = ErrorCode::cancelled, .message = std::move(message), .cause = std::move(cause)};
}

tl::unexpected<Error> failure(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{.code = code, .message = std::move(message), .cause = std::nullopt});
}

tl::unexpected<Error> cancelled(const Context& ctx) {
  return tl::unexpected<Error>(Error::cancelled(ctx));
}

}  // namespace desist
