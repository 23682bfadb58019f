#include "process.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.hpp"
#include "connection.hpp"
#include "spread.hpp"

namespace load {
namespace {

/// Where the processes report to; see bench/sigterm_child.cpp.
class Reports {
 public:
  explicit Reports(const std::string& path)
      : path_(path), fd_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
      throw Misuse("too long for a socket: --socket '" + path + "'");
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::system_error(errno, std::generic_category(), path);
    }
  }
  Reports(const Reports&) = delete;
  Reports& operator=(const Reports&) = delete;
  ~Reports() {
    close(fd_);
    unlink(path_.c_str());
  }

  /// The next report, which must begin with `prefix`; gives what follows it.
  [[nodiscard]] std::string next(const std::string& prefix) const {
    std::array<char, 256> buffer{};
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got < 0) throw std::system_error(errno, std::generic_category(), "waiting for: " + prefix);
    const std::string report(buffer.data(), static_cast<std::size_t>(got));
    if (!report.starts_with(prefix)) throw std::runtime_error("not '" + prefix + "' but: " + report);
    return report.substr(prefix.size());
  }

 private:
  std::string path_;
  int fd_;
};

}  // namespace

void measure_process(Options& options) {
  const sockaddr_in server = options.address("server");
  const std::int64_t count = options.number("count", {.otherwise = 100});
  const std::string socket = options.text("socket");
  options.expect_no_more();

  const Reports reports(socket);
  std::vector<std::int64_t> signalled;
  for (std::int64_t i = 0; i < count; ++i) {
    Connection client(server);
    const std::string id = std::to_string(i);
    client.ask("/process/" + id);
    (void)reports.next("ready " + id);
    sleep_ms(5);  // the child waits in pause(), and what ended its predecessor is done
    const std::int64_t left = now_ns();
    client.leave();
    signalled.push_back(std::stoll(reports.next("told " + id + " ")) - left);
  }
  std::printf("{");
  print_spread("signalled", signalled);
  std::printf("}\n");
}

}  // namespace load
