#pragma once

/// The one place that knows cpp-httplib, and what of it may be relied on from 0.11.4 to 0.53.1.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "front/answer.hpp"

namespace desist::front {

/// An answer whose body is pulled. Views live until `Bridge::answer` returns.
struct StreamedReply {
  int status = 200;
  std::string_view content_type;
  enum class Length { chunked, to_the_end } length = Length::chunked;  ///< to the end of the connection
};

/// Where the bridge writes an answer to, and pulls its body from.
class Exchanger {
 public:
  /// The next bytes of the answer as they go onto the wire; the whole head comes first, in one piece. False
  /// ends it.
  [[nodiscard]] virtual bool write(std::string_view bytes) = 0;
  /// The next part of the body; empty at its end, nothing where it failed.
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

  /// Has cpp-httplib write an answer: whole, or its head alone, as HEAD has it. False where what was written
  /// is not whole, or nothing was.
  enum class Extent { whole, head };
  [[nodiscard]] bool answer(Extent extent, const StreamedReply& reply, Exchanger& exchanger);

 private:
  class Server;
  std::unique_ptr<Server> server_;
};

}  // namespace desist::front
