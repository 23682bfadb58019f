#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "support/folder.hpp"

namespace desist::test {

/// Makes an SQLite database with a table `t (n)` of two rows, and returns its path.
std::string make_database(const std::string& path);

/// The desist program, running: its output goes to files. At the end it is killed, should it still run.
class Program {
 public:
  struct Options {
    std::vector<std::string> arguments;
    bool ignore_hangup = false;  ///< as under nohup
  };
  explicit Program(std::vector<std::string> arguments) : Program(Options{std::move(arguments)}) {}
  explicit Program(Options options);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void signal(int number) const;

  /// Waits until it has exited, at most 20 seconds. The exit status, or 128 and the signal; empty where it
  /// still runs.
  std::optional<int> exit_status();

  [[nodiscard]] std::string output() const;
  [[nodiscard]] std::string errors() const;

  /// Waits until its log has a line with this text; false where it has not within 20 seconds.
  [[nodiscard]] bool logs(const std::string& text) const;
  /// Waits until it listens. Its port, or 0 where it does not come to that.
  [[nodiscard]] std::uint16_t port() const;

 private:
  Folder folder_;
  pid_t pid_ = 0;
  std::optional<int> status_;
};

/// A connection to 127.0.0.1 that has sent one GET.
class Request {
 public:
  Request(std::uint16_t port, const std::string& path);
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request();

  /// All that comes until the server closes; then this side closes, too.
  std::string answer();

 private:
  int fd_;
};

/// A socket that listens on 127.0.0.1, on a port of the system's choice.
class Listener {
 public:
  Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace desist::test
