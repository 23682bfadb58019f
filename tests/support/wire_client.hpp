#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace desist::test {

/// An answer as it came over the wire.
struct WireAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case; of repeated ones the last
  std::string body;                            ///< chunks decoded
  bool whole = false;                          ///< false where the connection ended within it

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

/// A client over a real socket on 127.0.0.1 that says exactly the bytes it is told to, and can leave in any
/// way there is. Its waits end after ten seconds unless said otherwise. Move-only; leaves by FIN at its end.
class WireClient {
 public:
  using Wait = std::chrono::milliseconds;
  static constexpr Wait patience{10000};

  /// Connects; throws std::system_error where nobody listens. `receive_buffer` in bytes, for slow readers; 0:
  /// the system's.
  explicit WireClient(std::uint16_t port, int receive_buffer = 0);
  WireClient(WireClient&& other) noexcept;
  WireClient& operator=(WireClient&& other) noexcept;
  ~WireClient();

  /// Says all of it; false where the connection broke. Waits where the server does not read.
  bool send(std::string_view bytes);
  /// Says as much as goes without waiting; how much that was.
  std::size_t send_some(std::string_view bytes);
  /// "GET target HTTP/1.1", Host, and `extra` header lines, each with its CRLF.
  bool get(std::string_view target, std::string_view extra = {});

  /// The next answer. Empty where none began in time, or the connection ended before it. Interim answers
  /// (100) count.
  [[nodiscard]] std::optional<WireAnswer> answer(Wait wait = patience, std::string_view method = "GET");
  /// The next `count` bytes; fewer where the connection ends or the time runs out.
  [[nodiscard]] std::string read(std::size_t count, Wait wait = patience);

  enum class End { open, closed, reset };
  /// Waits for the end of the connection, dropping what comes before it.
  [[nodiscard]] End end(Wait wait = patience);
  /// Whether a byte, or the end, is there within that time. What is there stays to be read.
  [[nodiscard]] bool hears(Wait wait);

  void half_close();  ///< FIN; reads on
  void close();       ///< FIN, and deaf
  void reset();       ///< RST
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::uint16_t local_port() const;

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  bool fill(Deadline deadline);
  bool fill_until(std::size_t size, Deadline deadline);
  std::optional<std::string> line(Deadline deadline);
  bool read_chunks(WireAnswer& answer, Deadline deadline);

  int descriptor_ = -1;
  std::string buffer_;
  End end_ = End::open;
};

}  // namespace desist::test
