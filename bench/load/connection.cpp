#include "connection.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <system_error>

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace load {
namespace {

void check(bool good, const char* what) {
  if (!good) throw std::system_error(errno, std::generic_category(), what);
}

std::size_t content_length(std::string_view head) {
  constexpr std::string_view name = "\r\nContent-Length: ";
  const std::size_t at = head.find(name);
  if (at == std::string_view::npos) throw std::runtime_error("an answer without Content-Length");
  std::size_t length = 0;
  std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  return length;
}

}  // namespace

Connection::Connection(const sockaddr_in& server) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  check(fd_ >= 0, "socket");
  try {
    check(connect(fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0, "connect");
    const int on = 1;
    check(setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
  } catch (...) {
    leave();
    throw;
  }
}

void Connection::ask(std::string_view target) const {
  const std::string request = "GET " + std::string(target) + " HTTP/1.1\r\nHost: bench\r\n\r\n";
  check(send(fd_, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()),
        "send");
}

std::string Connection::answer() const {
  std::string received;
  std::array<char, 65536> part{};
  std::size_t whole = 0;  // known once the head is there
  std::size_t body = 0;
  while (whole == 0 || received.size() < whole) {
    const ssize_t got = recv(fd_, part.data(), part.size(), 0);
    check(got >= 0, "recv");
    if (got == 0) throw std::runtime_error("the server closed: " + received.substr(0, 200));
    received.append(part.data(), static_cast<std::size_t>(got));
    const std::size_t end = received.find("\r\n\r\n");
    if (whole != 0 || end == std::string::npos) continue;
    body = end + 4;
    whole = body + content_length(std::string_view(received).substr(0, end + 2));
  }
  if (received.compare(0, 13, "HTTP/1.1 200 ") != 0) throw std::runtime_error("refused: " + received);
  return received.substr(body);
}

void Connection::prepare(Leaving leaving) const {
  if (leaving == Leaving::fin) return;
  const linger now{.l_onoff = 1, .l_linger = 0};
  check(setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now) == 0, "SO_LINGER");
}

void Connection::leave() noexcept {
  if (const int fd = std::exchange(fd_, -1); fd >= 0) close(fd);
}

}  // namespace load
