#include "support/wire_client.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace desist::test {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool wait_for(int descriptor, short events, std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd item{.fd = descriptor, .events = events, .revents = 0};
    const int count = poll(&item, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (count > 0) return true;
    if (count == 0 || errno != EINTR) return false;
  }
}

}  // namespace

WireClient::WireClient(std::uint16_t port, int receive_buffer)
    : descriptor_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "socket");
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (receive_buffer > 0)
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(descriptor_);
    throw std::system_error(error, std::generic_category(), "connect to port " + std::to_string(port));
  }
}

WireClient::WireClient(WireClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)),
      end_(other.end_) {}

WireClient& WireClient::operator=(WireClient&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(buffer_, other.buffer_);
  std::swap(end_, other.end_);
  return *this;
}

WireClient::~WireClient() {
  close();
}

bool WireClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::size_t WireClient::send_some(std::string_view bytes) {
  const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

bool WireClient::get(std::string_view target, std::string_view extra) {
  std::string text = "GET ";
  text.append(target).append(" HTTP/1.1\r\nHost: test\r\n").append(extra).append("\r\n");
  return send(text);
}

bool WireClient::fill(Deadline deadline) {
  if (end_ != End::open || !wait_for(descriptor_, POLLIN, deadline)) return false;
  std::array<char, 64 * 1024> chunk{};
  const ssize_t count = recv(descriptor_, chunk.data(), chunk.size(), 0);
  if (count > 0) {
    buffer_.append(chunk.data(), static_cast<std::size_t>(count));
    return true;
  }
  end_ = count == 0 ? End::closed : End::reset;
  return false;
}

bool WireClient::fill_until(std::size_t size, Deadline deadline) {
  while (buffer_.size() < size) {
    if (!fill(deadline)) return false;
  }
  return true;
}

std::optional<std::string> WireClient::line(Deadline deadline) {
  std::size_t at = 0;
  while ((at = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill(deadline)) return std::nullopt;
  }
  std::string text = buffer_.substr(0, at);
  buffer_.erase(0, at + 2);
  return text;
}

std::optional<WireAnswer> WireClient::answer(Wait wait, std::string_view method) {
  const Deadline deadline = std::chrono::steady_clock::now() + wait;
  const auto status_line = line(deadline);
  if (!status_line || status_line->rfind("HTTP/1.1 ", 0) != 0) return std::nullopt;
  WireAnswer answer;
  answer.status = std::stoi(status_line->substr(9, 3));
  for (;;) {
    const auto header = line(deadline);
    if (!header) return answer;
    if (header->empty()) break;
    const std::size_t colon = header->find(": ");
    if (colon == std::string::npos) return answer;
    answer.headers[lower(header->substr(0, colon))] = header->substr(colon + 2);
  }
  const bool bodiless =
      method == "HEAD" || answer.status < 200 || answer.status == 204 || answer.status == 304;
  if (bodiless) {
    answer.whole = true;
  } else if (answer.header("transfer-encoding") == "chunked") {
    answer.whole = read_chunks(answer, deadline);
  } else if (const std::string length = answer.header("content-length"); !length.empty()) {
    answer.whole = fill_until(std::stoul(length), deadline);
    answer.body = buffer_.substr(0, std::stoul(length));
    buffer_.erase(0, answer.body.size());
  } else {
    while (fill(deadline)) {
    }
    answer.whole = end_ == End::closed;
    answer.body = std::exchange(buffer_, {});
  }
  return answer;
}

bool WireClient::read_chunks(WireAnswer& answer, Deadline deadline) {
  for (;;) {
    const auto size_line = line(deadline);
    if (!size_line) return false;
    const std::size_t size = std::stoul(*size_line, nullptr, 16);
    if (!fill_until(size + 2, deadline)) return false;
    answer.body.append(buffer_, 0, size);
    buffer_.erase(0, size + 2);
    if (size == 0) return true;
  }
}

std::string WireClient::read(std::size_t count, Wait wait) {
  (void)fill_until(count, std::chrono::steady_clock::now() + wait);
  std::string text = buffer_.substr(0, count);
  buffer_.erase(0, text.size());
  return text;
}

WireClient::End WireClient::end(Wait wait) {
  const Deadline deadline = std::chrono::steady_clock::now() + wait;
  while (fill(deadline)) buffer_.clear();
  return end_;
}

bool WireClient::hears(Wait wait) {
  if (!buffer_.empty() || end_ != End::open) return true;
  return wait_for(descriptor_, POLLIN, std::chrono::steady_clock::now() + wait);
}

void WireClient::half_close() {
  shutdown(descriptor_, SHUT_WR);
}

void WireClient::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void WireClient::reset() {
  const linger now{1, 0};
  setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

std::uint16_t WireClient::local_port() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

}  // namespace desist::test
