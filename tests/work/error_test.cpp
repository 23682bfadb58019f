#include "desist/error.hpp"

#include <doctest/doctest.h>

using namespace desist;

TEST_CASE("an error of work that gave up carries the cause of its Context") {
  const Scope scope = Context().with_cancel();
  scope.cancel(Reason::client_gone, "127.0.0.1:9 closed");
  const Result<int> result = cancelled(scope);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::cancelled);
  CHECK(result.error().cause == Cause{Reason::client_gone, "127.0.0.1:9 closed"});
  CHECK(result.error().message == "gave up: client_gone (127.0.0.1:9 closed)");
}

TEST_CASE("work that gives up under a Context that has not stopped says cancelled") {
  const Error error = Error::cancelled(Context());
  CHECK(error.cause == Cause{Reason::cancelled, ""});
  CHECK(error.message == "gave up: cancelled");
}

TEST_CASE("a failure has a code, a message and no cause") {
  const Result<int> result = failure(ErrorCode::too_large, "17 MiB of rows");
  CHECK(result.error().code == ErrorCode::too_large);
  CHECK(result.error().message == "17 MiB of rows");
  CHECK_FALSE(result.error().cause.has_value());
}

TEST_CASE("every error code has its name") {
  CHECK(to_string(ErrorCode::cancelled) == "cancelled");
  CHECK(to_string(ErrorCode::overloaded) == "overloaded");
  CHECK(to_string(ErrorCode::failed) == "failed");
  CHECK(to_string(ErrorCode::too_large) == "too_large");
  CHECK(to_string(ErrorCode::invalid) == "invalid");
  CHECK(to_string(ErrorCode::not_found) == "not_found");
}
