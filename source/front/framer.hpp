#pragma once

/// Finds where one request ends and the next begins, strictly (RFC 9112), and refuses what is not a request. Pure: no
/// socket, no clock. Bytes go in as they come, by any cut; the outcome does not depend on the cuts.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "desist/limits.hpp"

namespace desist::front {

enum class Version { http10, http11 };

/// What framing learned of a request. `head` is what cpp-httplib gets to parse.
struct Framed {
  std::string method;
  std::string target;  ///< origin form, or "*"; an absolute form has been reduced to its path and query
  Version version = Version::http11;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;        ///< decoded
  bool keep_alive = true;  ///< what version and Connection ask for
};

/// A refusal: one error answer, then the connection closes.
struct Refusal {
  int status = 400;
  std::string detail;  ///< one sentence, safe to send
  std::string method;  ///< as far as they were read; may be empty
  std::string path;
  std::string id;      ///< the client's X-Request-Id, if it was read and is well-formed
};

class Framer {
 public:
  enum class State {
    idle,      ///< not a byte of the next request yet
    head,      ///< within the head
    body,      ///< within the body
    complete,  ///< `take` has the request
    refused,   ///< `refusal` says why; terminal
  };

  explicit Framer(const Limits& limits);

  /// Reads from the front of `input` and returns how many bytes it used; the rest belongs to the next request. Stops
  /// using bytes once complete or refused. Everything needed from the used bytes is kept inside.
  std::size_t consume(std::string_view input);

  [[nodiscard]] State state() const noexcept;
  /// The head is complete, a body is to come, and the client waits for 100 (Continue) before it sends it. True until
  /// `continue_sent` is called or the first body byte arrives.
  [[nodiscard]] bool wants_continue() const noexcept;
  void continue_sent() noexcept;

  [[nodiscard]] Framed take();  ///< of `complete`; afterwards idle again
  [[nodiscard]] const Refusal& refusal() const noexcept;
  /// What was read so far of the request that is being framed, as a refusal with this status: for time-outs.
  [[nodiscard]] Refusal refuse_now(int status, std::string detail) const;

 private:
  // the implementation's
};

}  // namespace desist::front
