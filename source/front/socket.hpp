#pragma once

/// A connected, non-blocking stream socket: the calls that the front makes on one, with their outcomes as
/// values.

#include <cstddef>
#include <span>

#include <sys/uio.h>

#include "front/descriptor.hpp"

namespace desist::front {

class Socket {
 public:
  explicit Socket(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)) {}

  enum class Status : unsigned char {
    moved,    ///< some bytes, at least one
    blocked,  ///< none now
    ended,    ///< reading only: the peer sends no more
    broken,   ///< reset, timed out, or closed by us
  };
  struct Moved {
    Status status;
    std::size_t bytes;
  };

  [[nodiscard]] Moved receive(std::span<char> into) noexcept;
  [[nodiscard]] Moved send(std::span<const iovec> pieces) noexcept;
  /// Of POLLRDHUP, POLLHUP and POLLERR, what holds now: whether the peer has gone, or has ended its side.
  [[nodiscard]] unsigned hang_up() const noexcept;
  /// Bytes that have arrived and were not received.
  [[nodiscard]] std::size_t unread() const noexcept;

  /// No more will be sent: the peer sees the end, once it has all that was sent.
  void end_sending() noexcept;
  void close() noexcept { descriptor_.reset(); }
  /// Closes so that the peer sees a reset: what it has got is not the whole.
  void reset() noexcept;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }
  [[nodiscard]] bool open() const noexcept { return static_cast<bool>(descriptor_); }

 private:
  Descriptor descriptor_;
};

}  // namespace desist::front
