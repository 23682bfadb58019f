#pragma once

#include <cstdint>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

#include "desist/clock.hpp"

#include "front/descriptor.hpp"

namespace desist::front {

/// "127.0.0.1:40312", "[::1]:40312".
[[nodiscard]] std::string to_text(const sockaddr_storage& address);

/// A listening TCP socket. What it is set to, its connections inherit: no delay, keep-alive probes and a user
/// timeout, so that a peer which vanishes without a word is found out within a minute or so.
class Listener {
 public:
  /// Binds and listens. What was sent may stay unacknowledged for `patience`, and a minute at the least.
  /// Throws std::system_error naming the address.
  Listener(const std::string& address, std::uint16_t port, Duration patience);

  struct Accepted {
    Descriptor descriptor;  ///< non-blocking, close-on-exec; none where there was an error
    sockaddr_storage peer;
    int error;  ///< errno; EAGAIN where nobody is waiting
  };
  [[nodiscard]] Accepted accept() noexcept;

  /// Refuses whoever comes from now on. The descriptor's number stays taken until the destructor, so that no
  /// thread that still has it in hand means somebody else.
  void stop() noexcept;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  Descriptor descriptor_;
  std::uint16_t port_ = 0;
};

}  // namespace desist::front
