#pragma once

/// The signals that end the server, as something to wait for.
///
/// They are blocked in the thread that makes this and in every thread that it starts later, so make it before
/// the first one. Nothing runs in a signal handler. SIGPIPE is ignored. SIGHUP ends the server too, since its
/// terminal is gone, unless it was ignored from the start (nohup). Programs that the server runs get their
/// signals back.

#include <optional>

#include <signal.h>

namespace desist::cli {

class Signals {
 public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Waits for the next signal, and returns its number.
  int wait();
  /// Waits for the next signal, or until `readable` can be read: then empty.
  std::optional<int> wait_unless(int readable);

 private:
  sigset_t before_;
  int fd_ = -1;  // a signalfd, owned
};

}  // namespace desist::cli
