#include "front/socket.hpp"

#include <cerrno>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace desist::front {

Socket::Moved Socket::receive(std::span<char> into) noexcept {
  for (;;) {
    const ssize_t count = recv(descriptor_.get(), into.data(), into.size(), 0);
    if (count > 0) return {Status::moved, static_cast<std::size_t>(count)};
    if (count == 0) return {Status::ended, 0};
    if (errno == EINTR) continue;
    return {errno == EAGAIN || errno == EWOULDBLOCK ? Status::blocked : Status::broken, 0};
  }
}

Socket::Moved Socket::send(std::span<const iovec> pieces) noexcept {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg(2) does not write through it
  message.msg_iovlen = pieces.size();
  for (;;) {
    const ssize_t count = sendmsg(descriptor_.get(), &message, MSG_NOSIGNAL);
    if (count >= 0) return {Status::moved, static_cast<std::size_t>(count)};
    if (errno == EINTR) continue;
    return {errno == EAGAIN || errno == EWOULDBLOCK ? Status::blocked : Status::broken, 0};
  }
}

unsigned Socket::hang_up() const noexcept {
  pollfd look{.fd = descriptor_.get(), .events = POLLRDHUP, .revents = 0};
  return poll(&look, 1, 0) == 1 ? static_cast<unsigned>(look.revents) : 0;
}

std::size_t Socket::unread() const noexcept {
  int count = 0;
  if (ioctl(descriptor_.get(), FIONREAD, &count) != 0 || count < 0) return 0;
  return static_cast<std::size_t>(count);
}

void Socket::end_sending() noexcept {
  shutdown(descriptor_.get(), SHUT_WR);
}

void Socket::reset() noexcept {
  const linger now{1, 0};
  setsockopt(descriptor_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  descriptor_.reset();
}

}  // namespace desist::front
