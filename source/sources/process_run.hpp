#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "desist/clock.hpp"

#include "sources/process_group.hpp"
#include "sources/process_output.hpp"

namespace desist::process {

struct RunLimits {
  Duration grace{};            ///< from `stop` until SIGKILL; `Duration::max()` for never
  std::size_t max_output = 0;  ///< bytes of standard output
};

/// What came of a run.
struct Ended {
  Exit exit;
  std::string output;  ///< what had been written to standard output when the leader exited
  Tail errors;         ///< the same of standard error, the end of it
  bool too_large =
      false;  ///< there was more output than `max_output`; it was dropped, and the group told to end
  bool stopped_first = false;  ///< of `too_large`: `stop` had been called before
};

/// One program, from its start until its whole group is gone. All on the owner's thread, but for `stop`.
class Run {
 public:
  /// `input`, where there is one, becomes its standard input; else /dev/null does.
  [[nodiscard]] static tl::expected<std::unique_ptr<Run>, SpawnError> start(
      Program program, const std::optional<std::string_view>& input, RunLimits limits);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() = default;  // the group's destructor ends it where `end` has not been called

  [[nodiscard]] pid_t pid() const noexcept { return group_->id(); }

  /// SIGTERM to the group now; SIGKILL after the grace period, by the owner's thread. From any thread; never
  /// blocks.
  void stop() noexcept;

  /// Reads output until the leader has exited.
  void read_until_exit();
  /// Then: waits until the whole group is gone.
  [[nodiscard]] Ended end();

 private:
  Run() = default;
  void wait_for_something();
  void take_output(std::size_t most);
  void take_errors(std::size_t most);
  void begin_grace() noexcept;

  RunLimits limits_;
  Descriptor out_;   // closed at its end of file
  Descriptor err_;   // the same
  Descriptor wake_;  // an eventfd that `stop` writes to
  Ended ended_;
  bool exited_ = false;
  bool told_ = false;                     // the grace period has begun
  TimePoint kill_at_ = TimePoint::max();  // when SIGKILL is due; max: not, or sent
  std::atomic<bool> stopped_{false};
  std::unique_ptr<Group> group_;  // last: ends before the pipes close
};

}  // namespace desist::process
