#pragma once

#include <future>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "desist/command.hpp"

#include "support/eventually.hpp"
#include "support/folder.hpp"

namespace desist::test {

[[nodiscard]] std::string read_file(const std::string& path);
[[nodiscard]] bool exists(const std::string& path);
/// Waits for a file with a line in it, and gives its first line as a number: how scripts tell their process
/// ids.
[[nodiscard]] pid_t pid_in(const std::string& path);
/// Neither gone nor a zombie.
[[nodiscard]] bool runs(pid_t pid);

/// `sh -c SCRIPT`, with `folder` as $1, and the usual PATH.
[[nodiscard]] Command::Options shell(const std::string& script, const std::string& folder = {});
[[nodiscard]] std::shared_ptr<Command> make(Command::Options options);

/// Runs `fetch` on a thread of its own, below a Scope that the test can cancel.
class Fetching {
 public:
  explicit Fetching(std::shared_ptr<Command> command, Query query = {});
  bool stop() { return scope_.cancel(Reason::client_gone); }
  /// Waits for it. Fails the test, and kills, where that takes longer than half a minute.
  [[nodiscard]] Result<Payload> result();
  [[nodiscard]] const Context& context() const { return scope_.context(); }

 private:
  Scope scope_;
  std::future<Result<Payload>> result_;
};

[[nodiscard]] std::string text(Result<Payload> result);  ///< the bytes; fails the test where it is an error

/// A process that has nothing to do with any Command: in a group of its own, it notes any SIGTERM.
class Neighbour {
 public:
  explicit Neighbour(const Folder& folder, const std::string& name);
  Neighbour(const Neighbour&) = delete;
  Neighbour& operator=(const Neighbour&) = delete;
  ~Neighbour();
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Whether it lives, and has had no signal by now.
  [[nodiscard]] bool unharmed() const;

 private:
  std::string told_;
  std::string asked_;
  pid_t pid_ = 0;
};

/// While it lives, orphans come to this process.
class Adopting {
 public:
  Adopting();
  Adopting(const Adopting&) = delete;
  Adopting& operator=(const Adopting&) = delete;
  ~Adopting();
};

}  // namespace desist::test
