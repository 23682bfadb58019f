#pragma once

/// Finds where one request ends and the next begins, strictly (RFC 9112), and refuses what is not a request.
/// Pure: no socket, no clock. Bytes go in as they come, by any cut; the outcome does not depend on the cuts.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "desist/limits.hpp"

#include "front/chunks.hpp"
#include "front/fault.hpp"
#include "front/fields.hpp"
#include "front/framing.hpp"
#include "front/request_line.hpp"

namespace desist::front {

/// One whole request.
struct Framed {
  std::string method;  ///< one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS
  std::string target;  ///< origin form, or "*"; an absolute form has been reduced to its path and query
  Version version = Version::http11;
  Fields headers;          ///< all, in their order; after an absolute form, Host says what its authority was
  std::string body;        ///< decoded; trailers are dropped
  bool keep_alive = true;  ///< what version and Connection ask for
};

/// A refusal: one error answer, then the connection closes.
struct Refusal {
  int status = 400;
  std::string detail;  ///< one sentence that says what would be right; holds nothing that the client sent
  std::string method;  ///< as far as it was read; may be empty
  std::string path;  ///< of the target as far as it was read, without the query: visible ASCII; may be empty
  std::string id;    ///< the client's X-Request-Id, if it was read and is well-formed
};

/// Not thread-safe; cheap while idle. Takes time in proportion to the bytes, and memory in proportion to the
/// limits: at the most about max_head and twice max_body.
class Framer {
 public:
  enum class State : std::uint8_t {
    idle,      ///< not a byte of the next request yet; an empty line that may stand before it is none
    head,      ///< within the head
    body,      ///< within the body
    complete,  ///< `take` has the request
    refused,   ///< `refusal` says why; terminal
  };

  explicit Framer(const Limits& limits);

  /// Reads from the front of `input` and returns how many bytes it used; the rest belongs to the next
  /// request. Stops using bytes once complete or refused. Everything needed from the used bytes is kept
  /// inside.
  std::size_t consume(std::string_view input);

  [[nodiscard]] State state() const noexcept;
  /// The head is complete, a body is to come, and the client waits for 100 (Continue) before it sends it.
  /// True until `continue_sent` is called or the first body byte arrives.
  [[nodiscard]] bool wants_continue() const noexcept { return wants_continue_; }
  void continue_sent() noexcept { wants_continue_ = false; }

  [[nodiscard]] Framed take();  ///< of `complete`; afterwards idle again
  [[nodiscard]] const Refusal& refusal() const noexcept { return refusal_; }
  /// What was read so far of the request that is being framed, as a refusal with this status: for time-outs.
  [[nodiscard]] Refusal refuse_now(int status, std::string detail) const;

 private:
  enum class Stage : std::uint8_t { request_line, headers, sized_body, chunked_body, complete, refused };

  Step advance(std::string_view input);
  Step read_headers(std::string_view input);
  Step read_sized_body(std::string_view input);
  Step read_chunked_body(std::string_view input);
  void enter_body();

  Limits limits_;
  Stage stage_ = Stage::request_line;
  bool wants_continue_ = false;
  HeadRoom room_;
  RequestLineReader line_;
  FieldReader headers_;
  Framing framing_;
  ChunkReader chunks_;
  std::string body_;
  Refusal refusal_;
};

}  // namespace desist::front
