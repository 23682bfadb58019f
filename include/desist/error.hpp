#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "desist/api.hpp"
#include "desist/context.hpp"

namespace desist {

/// What went wrong, as far as a caller can act on it.
enum class ErrorCode : std::uint8_t {
  cancelled,   ///< the Context stopped first; `Error::cause` says why
  overloaded,  ///< no thread, slot or connection to be had now; trying later may work (503)
  failed,      ///< the work failed: exit status, SQL error, broken peer (502)
  too_large,   ///< the result is larger than its limit (502)
  invalid,     ///< the query's parameters or body are not what the store can take (400)
  not_found,   ///< what the query asks for is not there (404)
};

/// The name as it stands in logs: "too_large".
DESIST_API [[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

/// An error as a value. `message` is one line for the log, saying what failed and how; it is never sent to a
/// client.
struct DESIST_API Error {
  ErrorCode code = ErrorCode::failed;  ///< what a caller acts on
  std::string message;                 ///< for the log; may be empty
  std::optional<Cause> cause;          ///< set for `cancelled`

  /// The error of work that gives up because `ctx` stopped. Where `ctx` has not stopped: cause `cancelled`.
  [[nodiscard]] static Error cancelled(const Context& ctx);
};

/// A value, or why there is none. Errors are values wherever a request is served; exceptions are for
/// programming errors and start-up.
template <class T>
using Result = tl::expected<T, Error>;

/// `return failure(ErrorCode::failed, "exit status 3");` in a function that gives a Result.
DESIST_API [[nodiscard]] tl::unexpected<Error> failure(ErrorCode code, std::string message);
/// `return cancelled(ctx);` likewise.
DESIST_API [[nodiscard]] tl::unexpected<Error> cancelled(const Context& ctx);

}  // namespace desist
