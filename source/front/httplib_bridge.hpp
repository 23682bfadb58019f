#pragma once

/// The one place that knows cpp-httplib, and what of it may be relied on from 0.11.4 to 0.53.1.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "front/answer.hpp"

namespace desist::front {

/// A successful answer, as cpp-httplib is to write it: all but the headers that say nothing of its body,
/// which cost a good deal less in the front's own hands. Views live until `Bridge::answer` returns.
struct Reply {
  int status = 200;
  std::string_view content_type;
  /// `chunked` and `to_the_end` (of the connection) are pulled with `Exchanger::pull`.
  enum class Body { bytes, chunked, to_the_end } body = Body::bytes;
  std::string_view bytes;
};

/// Where the bridge writes an answer to, and pulls a streamed body from.
class Exchanger {
 public:
  /// The next bytes of the answer as they go onto the wire; the whole head comes first, in one piece. Bytes
  /// of a large body come as a view into `Reply::bytes`. False ends it.
  [[nodiscard]] virtual bool write(std::string_view bytes) = 0;
  /// The next part of a streamed body; empty at its end, nothing where it failed.
  [[nodiscard]] virtual std::optional<std::string_view> pull() = 0;

 protected:
  ~Exchanger() = default;
};

/// Thread-safe: many requests at once.
class Bridge {
 public:
  /// `listening` is a descriptor that stays open; cpp-httplib takes it for the sign that the server is alive.
  explicit Bridge(int listening);
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;
  ~Bridge();

  /// Has cpp-httplib parse the request line and write the answer to it. False where what was written is not
  /// whole, or nothing was.
  [[nodiscard]] bool answer(std::string_view method, std::string_view target, const Reply& reply,
                            Exchanger& exchanger);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace desist::front
