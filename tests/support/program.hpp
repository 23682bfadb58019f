#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "support/folder.hpp"

namespace desist::test {

/// A program, running: its output goes to files. At the end it is killed, should it still run.
class Program {
 public:
  struct Options {
    std::vector<std::string> arguments{};
    bool ignore_hangup = false;  ///< as under nohup
    std::string path{};          ///< empty: the desist program, which DESIST_PROGRAM names
  };
  /// The desist program.
  explicit Program(std::vector<std::string> arguments)
      : Program(Options{.arguments = std::move(arguments)}) {}
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

  /// Waits until its output, or its log, has this text; false where it has not within 20 seconds.
  [[nodiscard]] bool prints(const std::string& text) const;
  [[nodiscard]] bool logs(const std::string& text) const;
  /// Waits until it listens, by what desist's log says. Its port, or 0 where it does not come to that.
  [[nodiscard]] std::uint16_t port() const;

 private:
  Folder folder_;
  pid_t pid_ = 0;
  std::optional<int> status_;
};

}  // namespace desist::test
