#pragma once

/// Answers whose bodies are bytes, as the front writes them.

#include <string>
#include <string_view>

#include "desist/cause.hpp"

#include "front/front.hpp"

namespace desist::front {

/// What an answer says beside itself.
struct Letterhead {
  std::string_view id;      ///< X-Request-Id
  std::string_view method;  ///< of the request; an answer to HEAD has no body
  enum class Connection {
    close,
    keep,
    keep_aloud
  } connection = Connection::close;  ///< aloud: to an HTTP/1.0 client
};

/// An answer as it goes onto the wire.
struct Written {
  std::string head;
  std::string body;  ///< moved, not copied
};
/// A body that is to be pulled is left out.
[[nodiscard]] Written serialise(Answer answer, const Letterhead& letterhead);
/// Whether it can stand as a header's value: not empty, and nothing in it that would end the header.
[[nodiscard]] bool is_header_text(std::string_view text) noexcept;
/// 204, 304 and the interim ones have none.
[[nodiscard]] bool has_body(int status) noexcept;

/// The header lines that every answer bears, and those of this one: all but what its body asks for.
void append_headers(std::string& out, const Answer& answer, const Letterhead& letterhead);

/// The answer to work that stopped for this reason: 504 where time ran out, else 503. (A client that has left
/// gets none, and is logged as 499.)
[[nodiscard]] int status_of(Reason reason) noexcept;
/// The answer to an error of a handler.
[[nodiscard]] int status_of(const Error& error) noexcept;

/// 1 to 128 of A-Z a-z 0-9 . _ - but not "." and "..", which no path can name.
[[nodiscard]] bool is_request_id(std::string_view text) noexcept;
/// Unlike any other of this process, and of others as far as 64 random bits go.
[[nodiscard]] std::string make_request_id();

}  // namespace desist::front
