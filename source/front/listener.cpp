#include "front/listener.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/tcp.h>

namespace desist::front {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds silence_before_probe = 30s;
constexpr std::chrono::seconds between_probes = 10s;
constexpr int probes = 3;
constexpr std::chrono::milliseconds least_patience = 60s;

[[noreturn]] void fail(const std::string& address, std::uint16_t port, int error) {
  throw std::system_error(error, std::generic_category(),
                          "cannot listen on " + address + ":" + std::to_string(port));
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Address parse(const std::string& text, std::uint16_t port) {
  Address address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&address.storage, &v4, address.size = sizeof v4);
  } else if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&address.storage, &v6, address.size = sizeof v6);
  } else {
    fail(text, port, EINVAL);
  }
  return address;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return ntohs(v6.sin6_port);
  }
  sockaddr_in v4{};
  std::memcpy(&v4, &address, sizeof v4);
  return ntohs(v4.sin_port);
}

void set(int descriptor, int level, int option, int value) {
  setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace

std::string to_text(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return "[" + std::string(text.data()) + "]:" + std::to_string(port_of(address));
  }
  sockaddr_in v4{};
  std::memcpy(&v4, &address, sizeof v4);
  inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
  return std::string(text.data()) + ":" + std::to_string(port_of(address));
}

Listener::Listener(const std::string& address, std::uint16_t port, Duration patience) {
  const Address where = parse(address, port);
  descriptor_ = Descriptor(socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor_) fail(address, port, errno);
  const int fd = descriptor_.get();
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, static_cast<int>(silence_before_probe.count()));
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, static_cast<int>(between_probes.count()));
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, probes);
  const auto unacknowledged =
      std::max(least_patience, std::chrono::ceil<std::chrono::milliseconds>(patience));
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
      static_cast<int>(std::min<std::int64_t>(unacknowledged.count(), INT_MAX)));
  if (where.storage.ss_family == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);

  sockaddr_storage bound = where.storage;
  socklen_t size = where.size;
  if (bind(fd, reinterpret_cast<const sockaddr*>(&where.storage), where.size) != 0 ||
      listen(fd, SOMAXCONN) != 0 || getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    fail(address, port, errno);
  }
  port_ = port_of(bound);
}

Listener::Accepted Listener::accept() noexcept {
  Accepted accepted{};
  socklen_t size = sizeof accepted.peer;
  accepted.descriptor = Descriptor(accept4(descriptor_.get(), reinterpret_cast<sockaddr*>(&accepted.peer),
                                           &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  accepted.error = accepted.descriptor ? 0 : errno;
  return accepted;
}

void Listener::stop() noexcept {
  shutdown(descriptor_.get(), SHUT_RDWR);
}

}  // namespace desist::front
