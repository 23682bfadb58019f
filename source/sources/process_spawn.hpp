#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include <tl/expected.hpp>

#include "sources/descriptor.hpp"

namespace desist::process {

/// What to run: everything the new process gets, and nothing that it inherits by accident.
struct Program {
  std::string path;  ///< absolute; executed as it is, without a search and without a shell
  std::vector<std::string> argv;
  std::vector<std::string> env;  ///< "NAME=value": the whole environment
  std::string directory;         ///< empty: stays where this process is
};

/// The descriptors that become 0, 1 and 2. Borrowed, all above 2; an `in` of -1 stands for /dev/null.
struct Stdio {
  int in = -1;
  int out = -1;
  int err = -1;
};

/// Which step failed, and errno.
struct SpawnError {
  std::string_view step;
  int error = 0;
};

/// A process that has been started: its exit makes `pidfd` readable. Whoever has it must reap it.
struct Child {
  pid_t pid = 0;
  Descriptor pidfd;
};

/// Starts the program as leader of a session, and so of a process group, of its own. On return it has been
/// executed. Needs 2 descriptors while it works, both close-on-exec, and one that it returns.
[[nodiscard]] tl::expected<Child, SpawnError> spawn(const Program& program, const Stdio& stdio);

/// Close-on-exec, and above 2, so that placing it at 0 to 2 in a child overwrites no other.
[[nodiscard]] tl::expected<std::pair<Descriptor, Descriptor>, SpawnError> make_pipe() noexcept;

/// pidfd_open; empty with errno set where it fails.
[[nodiscard]] Descriptor open_pidfd(pid_t pid) noexcept;
/// pidfd_send_signal; false with errno set where it fails. Never reaches another process than the one it was
/// opened for, whatever has become of its number.
bool signal_pidfd(int pidfd, int signal) noexcept;

}  // namespace desist::process
