#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <netinet/in.h>

namespace load {

/// How a client leaves: with its connection closed in order, or torn down.
enum class Leaving : std::uint8_t { fin, rst };

/// A client's blocking connection; owns the descriptor, and closes it. What fails throws std::system_error.
class Connection {
 public:
  explicit Connection(const sockaddr_in& server);
  Connection(Connection&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Connection& operator=(Connection&& other) noexcept {
    const Connection old(std::move(*this));
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { leave(); }

  [[nodiscard]] int fd() const noexcept { return fd_; }

  /// Sends a GET for `target`, and waits for nothing.
  void ask(std::string_view target) const;
  /// The body of the answer to what was asked; it must be 200 and bear a Content-Length.
  [[nodiscard]] std::string answer() const;

  /// What close() will send. Before the time of leaving is taken, since it costs a system call.
  void prepare(Leaving leaving) const;
  void leave() noexcept;

 private:
  Connection() = default;
  int fd_ = -1;
};

}  // namespace load
