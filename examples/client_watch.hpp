#pragma once

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <httplib.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <desist/context.hpp>

/// Cancels a Scope when the client of a cpp-httplib request leaves, for as long as this object lives.
/// cpp-httplib tells a handler the addresses of its connection and not the socket, so that is found by them:
/// among this process's descriptors, the one with both ends. No other can have them, and cpp-httplib keeps it
/// open until the handler has returned. A thread of its own waits for the end of what the client sends (FIN
/// or RST), which it sees also behind a further request that nobody has read.
class ClientWatch {
 public:
  /// Throws where there is no such socket (the request came over TCP, did it not?), descriptor or thread.
  ClientWatch(const httplib::Request& request, desist::Canceller canceller)
      : ended_(eventfd(0, EFD_CLOEXEC)) {
    if (ended_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    try {
      thread_ = std::jthread([this, canceller, socket = socket_of(request)] { wait(socket, canceller); });
    } catch (...) {
      close(ended_);
      throw;
    }
  }
  ClientWatch(const ClientWatch&) = delete;
  ClientWatch& operator=(const ClientWatch&) = delete;
  ~ClientWatch() {
    eventfd_write(ended_, 1);
    thread_.join();
    close(ended_);
  }

 private:
  using End = std::pair<std::string, int>;  // address and port

  static End end_of(int socket, int (*get)(int, sockaddr*, socklen_t*)) {
    sockaddr_storage storage = {};
    socklen_t size = sizeof storage;
    auto* const address = reinterpret_cast<sockaddr*>(&storage);
    std::array<char, NI_MAXHOST> host = {};
    std::array<char, NI_MAXSERV> port = {};
    if (get(socket, address, &size) != 0) return {};  // not a socket, or gone since it was listed
    if (getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
      return {};
    }
    return {host.data(), std::atoi(port.data())};
  }

  static int socket_of(const httplib::Request& request) {
    const End theirs(request.remote_addr, request.remote_port), ours(request.local_addr, request.local_port);
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      const int descriptor = std::atoi(entry.path().filename().c_str());
      if (end_of(descriptor, getpeername) == theirs && end_of(descriptor, getsockname) == ours)
        return descriptor;
    }
    throw std::runtime_error("no socket has this request's addresses");
  }

  void wait(int socket, const desist::Canceller& canceller) const {
    std::array<pollfd, 2> polled = {{{socket, POLLRDHUP, 0}, {ended_, POLLIN, 0}}};
    while (poll(polled.data(), polled.size(), -1) < 0 && errno == EINTR) {
    }
    if (polled[0].revents != 0) canceller.cancel(desist::Reason::client_gone);
  }

  int ended_;  // an eventfd, owned
  std::jthread thread_;
};
