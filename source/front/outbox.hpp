#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "desist/clock.hpp"

#include "front/socket.hpp"

namespace desist::front {

/// Bytes on their way to a client, in the pieces in which they came: what is moved in is not copied. Not
/// thread-safe: its connection's lock guards it.
///
/// It also keeps the time that a reader has: what is buffered at one moment is to be gone within `patience`.
/// A byte a second does not stretch that, and what a stream adds later does not shorten it.
class Outbox {
 public:
  explicit Outbox(Duration patience) noexcept : patience_(patience) {}

  void add(std::string bytes);

  /// Sends what the socket takes now. False where the socket is broken.
  [[nodiscard]] bool flush(Socket& socket);
  void clear() noexcept;

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// By when what is buffered must be gone. Asked after a flush that left something; far away where nothing
  /// is left.
  [[nodiscard]] TimePoint deadline(TimePoint now);

 private:
  void drop_front(std::size_t bytes);

  Duration patience_;
  std::vector<std::string> pieces_;
  std::size_t first_ = 0;   // the piece that is next
  std::size_t offset_ = 0;  // bytes of it that are gone
  std::size_t size_ = 0;
  std::size_t gone_ = 0;  // all bytes ever sent
  std::size_t mark_ = 0;  // where `gone_` must be by `due_`
  std::optional<TimePoint> due_;
};

}  // namespace desist::front
