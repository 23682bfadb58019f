#include "hello.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.hpp"
#include "connection.hpp"

namespace load {
namespace {

/// One thread for all connections, as few system calls as there can be, no clock read per request: it shares
/// two cores with the server that it measures.
class Closed {
 public:
  Closed(const sockaddr_in& server, std::size_t connections) : poller_(epoll_create1(EPOLL_CLOEXEC)) {
    if (poller_ < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
    for (std::size_t i = 0; i < connections; ++i) {
      clients_.push_back({.connection = Connection(server), .received = {}});
      // Answered before the next one comes: a server with a backlog of 5 would lose some, for seconds.
      clients_[i].connection.ask("/hello");
      (void)clients_[i].connection.answer();
      epoll_event event{.events = EPOLLIN, .data = {.u64 = i}};
      epoll_ctl(poller_, EPOLL_CTL_ADD, clients_[i].connection.fd(), &event);
    }
  }
  Closed(const Closed&) = delete;
  Closed& operator=(const Closed&) = delete;
  ~Closed() { close(poller_); }

  void ask_on_all() const {
    for (const Client& client : clients_) client.connection.ask("/hello");
  }

  /// How many answers came in this time.
  [[nodiscard]] std::uint64_t run_for(std::int64_t duration_ns) {
    std::uint64_t answers = 0;
    std::array<epoll_event, 256> events{};
    const std::int64_t end = now_ns() + duration_ns;
    while (now_ns() < end) {
      const int ready = epoll_wait(poller_, events.data(), static_cast<int>(events.size()), 100);
      for (int i = 0; i < ready; ++i) {
        answers += static_cast<std::uint64_t>(serve(clients_[events[static_cast<std::size_t>(i)].data.u64]));
      }
    }
    return answers;
  }

 private:
  struct Client {
    Connection connection;
    std::string received;
  };

  /// Reads what is there; when it is a whole answer, asks again and says so.
  static bool serve(Client& client) {
    constexpr std::string_view request = "GET /hello HTTP/1.1\r\nHost: bench\r\n\r\n";
    constexpr std::string_view tail = "\r\n\r\nhello, world";
    std::array<char, 4096> part{};
    const ssize_t got = recv(client.connection.fd(), part.data(), part.size(), MSG_DONTWAIT);
    if (got < 0) throw std::system_error(errno, std::generic_category(), "recv");
    if (got == 0) throw std::runtime_error("the server closed a connection");
    client.received.append(part.data(), static_cast<std::size_t>(got));
    if (!client.received.ends_with(tail)) return false;
    if (!client.received.starts_with("HTTP/1.1 200 ")) throw std::runtime_error(client.received);
    client.received.clear();
    if (send(client.connection.fd(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
      throw std::system_error(errno, std::generic_category(), "send");
    }
    return true;
  }

  int poller_;
  std::vector<Client> clients_;
};

}  // namespace

void measure_hello(Options& options) {
  const sockaddr_in server = options.address("server");
  const auto connections = static_cast<std::size_t>(options.number("connections", {.otherwise = 64}));
  const std::int64_t milliseconds = options.number("ms", {.otherwise = 3'000});
  options.expect_no_more();

  Closed clients(server, connections);
  clients.ask_on_all();
  (void)clients.run_for(500'000'000);  // to be warm
  std::fprintf(stderr, "warm\n");
  const std::int64_t start = now_ns();
  const std::uint64_t answers = clients.run_for(milliseconds * 1'000'000);
  const double seconds = static_cast<double>(now_ns() - start) / 1e9;
  std::printf("{\"per_second\": %.0f, \"answers\": %llu}\n", static_cast<double>(answers) / seconds,
              static_cast<unsigned long long>(answers));
}

}  // namespace load
