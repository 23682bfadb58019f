#pragma once

#include <cstdint>
#include <string>

namespace desist::test {

/// A connection to 127.0.0.1 that has sent one GET.
class Request {
 public:
  Request(std::uint16_t port, const std::string& path);
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request();

  /// All that comes until the server closes; then this side closes, too.
  std::string answer();

 private:
  int fd_;
};

/// A socket that listens on 127.0.0.1, on a port of the system's choice.
class Listener {
 public:
  Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace desist::test
