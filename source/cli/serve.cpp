#include "cli/serve.hpp"

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <thread>

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "desist/command.hpp"

#include "cli/load.hpp"
#include "cli/process_setup.hpp"
#include "cli/signals.hpp"

namespace desist::cli {
namespace {

/// Becomes readable once.
class Event {
 public:
  Event() : fd_(eventfd(0, EFD_CLOEXEC)) {
    if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { close(fd_); }

  [[nodiscard]] int fd() const noexcept { return fd_; }
  void set() noexcept { eventfd_write(fd_, 1); }

 private:
  int fd_;
};

/// The shutdown runs beside this thread, which goes on listening: each further signal skips a stage of it.
bool shut_down(Server& server, Signals& signals) {
  Event done;
  bool stopped = false;
  {
    const std::jthread shutdown([&] {
      stopped = server.shutdown();
      done.set();
    });
    while (signals.wait_unless(done.fd())) server.hurry();
  }
  return stopped;
}

}  // namespace

int serve(const std::string& file) {
  set_up_process();
  Signals signals;
  auto loaded = load(file);
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.error());
    return 2;
  }
  if (const auto started = start(*loaded); !started) {
    fmt::print(stderr, "{}", started.error());
    return 2;
  }
  signals.wait();
  if (shut_down(*loaded->server, signals)) return 0;
  // Something does not stop. It has been logged by name; what can be killed is, and the rest ends with this
  // process. The server's end writes out the log and leaves such work alone; other destructors and exit
  // handlers would pull things away from under it.
  Command::kill_all();
  loaded->server.reset();
  std::fflush(nullptr);
  _exit(1);
}

}  // namespace desist::cli
