/// What a command is, as far as the time of its end goes: says that it is there, and at SIGTERM when that
/// came.
///
///     sigterm_child SOCKET ID    sends "ready ID", then "told ID NANOSECONDS" (CLOCK_MONOTONIC) to a
///     datagram socket
///
/// Whoever starts it wants SIGTERM to end it, so it does end.

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

namespace {

// What the handler needs, for it may not allocate.
int reports = -1;
char told[128];
std::size_t prefix = 0;

extern "C" void terminated(int) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  auto ns = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
  char digits[20];
  std::size_t count = 0;
  for (; ns != 0; ns /= 10) digits[count++] = static_cast<char>('0' + ns % 10);
  std::size_t length = prefix;
  while (count != 0) told[length++] = digits[--count];
  const bool sent = send(reports, told, length, 0) == static_cast<ssize_t>(length);
  _exit(sent ? 0 : 1);
}

bool connect_to(const char* path) {
  reports = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) return false;
  std::strcpy(address.sun_path, path);
  return connect(reports, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 || std::strlen(argv[2]) > 64) {
    std::fputs("usage: sigterm_child SOCKET ID\n", stderr);
    return 2;
  }
  if (!connect_to(argv[1])) {
    std::perror(argv[1]);
    return 1;
  }
  prefix = static_cast<std::size_t>(std::snprintf(told, sizeof told, "told %s ", argv[2]));
  struct sigaction action {};
  action.sa_handler = terminated;
  sigaction(SIGTERM, &action, nullptr);
  alarm(60);  // whatever becomes of the one who should have ended it
  const std::string ready = "ready " + std::string(argv[2]);
  if (send(reports, ready.data(), ready.size(), 0) < 0) return 1;
  for (;;) pause();
}
