#include "desist/signals.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <thread>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "desist/server.hpp"

namespace desist {
namespace {

bool is_ignored(int signal) {
  struct sigaction action = {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

/// Becomes readable once.
class OneShot {
 public:
  OneShot() : fd_(eventfd(0, EFD_CLOEXEC)) {
    if (fd_ < 0) fail(errno, "eventfd");
  }
  OneShot(const OneShot&) = delete;
  OneShot& operator=(const OneShot&) = delete;
  ~OneShot() { close(fd_); }

  [[nodiscard]] int fd() const noexcept { return fd_; }
  void set() noexcept { eventfd_write(fd_, 1); }

 private:
  int fd_;
};

}  // namespace

Signals::Signals() {
  sigemptyset(&ending_);
  sigaddset(&ending_, SIGTERM);
  sigaddset(&ending_, SIGINT);
  if (!is_ignored(SIGHUP)) sigaddset(&ending_, SIGHUP);
  fd_ = signalfd(-1, &ending_, SFD_CLOEXEC);
  if (fd_ < 0) fail(errno, "signalfd");
  if (const int error = pthread_sigmask(SIG_BLOCK, &ending_, &before_); error != 0) {
    close(fd_);
    fail(error, "pthread_sigmask");
  }
  signal(SIGPIPE, SIG_IGN);
}

// A signal that came too late to be waited for has been heard all the same: unblocked, it would kill a
// program that has ended well.
Signals::~Signals() {
  close(fd_);
  const timespec at_once{};
  while (sigtimedwait(&ending_, nullptr, &at_once) > 0 || errno == EINTR) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

int Signals::wait() {
  signalfd_siginfo info = {};
  while (read(fd_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) {
    if (errno != EINTR) fail(errno, "signalfd");
  }
  return static_cast<int>(info.ssi_signo);
}

std::optional<int> Signals::wait_unless(int readable) {
  std::array<pollfd, 2> polled = {{{fd_, POLLIN, 0}, {readable, POLLIN, 0}}};
  while (poll(polled.data(), polled.size(), -1) < 0) {
    if (errno != EINTR) fail(errno, "poll");
  }
  if ((polled[1].revents & POLLNVAL) != 0) fail(EBADF, "poll");
  if (polled[1].revents != 0) return std::nullopt;
  return wait();
}

bool serve_until(Signals& signals, Server& server) {
  if (server.port() == 0) throw std::logic_error("serve_until: the server has not been started");
  signals.wait();
  OneShot done;
  bool stopped = false;
  {
    // The shutdown runs beside this thread, which goes on listening.
    const std::jthread shutdown([&] {
      stopped = server.shutdown();
      done.set();
    });
    while (signals.wait_unless(done.fd())) server.hurry();
  }
  return stopped;
}

}  // namespace desist
