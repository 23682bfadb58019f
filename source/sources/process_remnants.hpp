#pragma once

#include <string_view>
#include <vector>

#include <sys/types.h>

#include "desist/clock.hpp"

#include "sources/descriptor.hpp"

namespace desist::process {

/// A process that lives on though its leader has exited.
struct Remnant {
  pid_t pid = 0;
  Descriptor pidfd;
  bool in_group = false;  ///< of the leader; else it has left the group, or even the session
};

struct Remnants {
  enum class Sight {
    clear,   ///< all there are, or a good number of many
    moving,  ///< one died while it was looked at, so its children may have just come: look again
    unsure,  ///< one may belong to the leader, but was just executing another program: look again soon
    blind,   ///< no descriptor was to be had to look with: look again, until there is one
  };
  std::vector<Remnant> processes;
  Sight sight = Sight::clear;
};

/// The living processes of the leader's session and, where this process adopts orphans, whatever bears the
/// leader's mark. The leader must have exited, and not been reaped.
[[nodiscard]] Remnants find_remnants(pid_t leader, std::string_view mark);

/// Waits until the process behind `pidfd` has exited; false where it has not at `deadline`.
[[nodiscard]] bool wait_gone(int pidfd, TimePoint deadline) noexcept;

/// Reaps a leader that has exited.
void reap_leader(int pidfd) noexcept;

/// Reaps adopted orphans that have died, at most once a second however often it is called. Does nothing, and
/// costs a system call, where this process adopts none.
void reap_strays() noexcept;

/// Whether orphans come to this process.
[[nodiscard]] bool adopts_orphans() noexcept;

/// A millisecond, for a state that no descriptor announces.
void brief_pause() noexcept;

}  // namespace desist::process
