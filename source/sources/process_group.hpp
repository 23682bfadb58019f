#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <sys/types.h>

#include "desist/clock.hpp"

#include "sources/process_registry.hpp"
#include "sources/process_spawn.hpp"

namespace desist::process {

/// How a leader ended.
struct Exit {
  enum class How {
    exited,  ///< `code` is its exit status
    killed,  ///< `code` is the signal
    lost,    ///< somebody else reaped it, or SIGCHLD is ignored: there is no telling
  };
  How how = How::lost;
  int code = 0;
  bool told = false;   ///< `tell` came while it was alive
  bool heeds = false;  ///< it was ready to hear SIGTERM when it ended: an exit status of 0 may mean "gave up"

  /// It came to its own end, without an error, and had not given up before.
  [[nodiscard]] bool finished() const noexcept { return how == How::exited && code == 0 && !(told && heeds); }
};

/// A leader and the process group around it, from its start until the last member is gone.
class Group {
 public:
  /// Starts the program, with a mark of its own added to the environment: DESIST_WORK.
  [[nodiscard]] static tl::expected<std::unique_ptr<Group>, SpawnError> start(Program program,
                                                                              const Stdio& stdio);
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  /// Where `end` has not been called: SIGKILL to the group, and waits.
  ~Group();

  /// The leader's, and the group's.
  [[nodiscard]] pid_t id() const noexcept { return id_; }
  /// Readable once the leader has exited. Valid until the destructor.
  [[nodiscard]] int exit_descriptor() const noexcept { return pidfd_.get(); }

  /// SIGTERM to the group, and SIGCONT, so that a stopped process hears it. From any thread, at any time;
  /// never blocks.
  void tell() noexcept;
  /// SIGKILL to the group. From any thread, at any time; never blocks.
  void kill() noexcept;

  /// To be called by the owner once the leader has exited. Waits until the others have gone, too. They get
  /// SIGKILL at once, or, where the leader was told while it was alive, `grace` after that.
  Exit end(Duration grace);

 private:
  friend class Registry;
  Group() = default;
  void signal(int number) noexcept;
  [[nodiscard]] Exit exit_of_leader() const noexcept;
  void end_others(std::optional<TimePoint> grace_end);

  pid_t id_ = 0;
  Descriptor pidfd_;
  std::string mark_;
  bool ended_ = true;

  std::mutex mutex_;      // guards the two below, and that no signal is sent once the leader may be reaped
  bool present_ = false;  // the leader is running or a zombie: its number, as a group's, is no one else's
  std::optional<TimePoint> told_at_;  // first told, the leader being alive

  Group* previous_ = nullptr;  // the registry's
  Group* next_ = nullptr;
};

}  // namespace desist::process
