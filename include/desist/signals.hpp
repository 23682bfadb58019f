#pragma once

#include <optional>

#include <signal.h>

#include "desist/api.hpp"
#include "desist/server.hpp"

namespace desist {

/// The signals that end a server, SIGINT and SIGTERM, as something to wait for:
///
///     Signals signals;  // first in main
///     Server server(…);
///     …
///     server.start();
///     return serve_until(signals, server) ? 0 : 1;
///
/// They are blocked in the thread that makes this and in every thread that it starts later, so make it before
/// the first one; nothing runs in a signal handler. SIGPIPE is ignored. SIGHUP ends the server too, since its
/// terminal is gone, unless it was ignored from the start (nohup). Programs that a Command runs get their
/// signals back. One for the process, used by one thread at a time.
class DESIST_API Signals {
 public:
  /// Throws std::system_error where the system refuses.
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  /// Gives the calling thread its signals back, but for those that have come; SIGPIPE stays ignored.
  ~Signals();

  /// Waits for the next signal, and returns its number.
  int wait();
  /// Waits for the next signal, or until the descriptor `readable` can be read: then empty. Throws
  /// std::system_error where that is no descriptor.
  std::optional<int> wait_unless(int readable);

 private:
  sigset_t ending_;  // those that are waited for
  sigset_t before_;
  int fd_ = -1;  // a signalfd, owned
};

/// Waits for a signal, then shuts `server` down: Server::shutdown, and its result. Each further signal skips
/// a stage of that: the second the drain, the third the waiting. Throws std::logic_error where `server` has
/// not been started.
DESIST_API [[nodiscard]] bool serve_until(Signals& signals, Server& server);

}  // namespace desist
