#pragma once

#include "desist/api.hpp"

/// What a server tells the system about itself, so that the programs that it runs end well.
namespace desist::process {

/// Makes this process the one that orphans of its programs go to (PR_SET_CHILD_SUBREAPER), for as long as it
/// lives. With it, a Command also ends what has left its session (a daemon made by `setsid` or a double
/// fork), and sees the last descendant of its program gone, not only the ones in the group. A server calls it
/// once, early in main.
///
/// The contract: afterwards every child of this process that heads a session other than this process's own,
/// and was not started by a Command, is taken for such an orphan: it is reaped when it dies. Children started
/// the usual ways (system, popen, posix_spawn) stay in this session and are left alone. The main thread must
/// outlive the commands. Returns false where the system refuses.
DESIST_API bool adopt_orphans() noexcept;

/// Notes the limit on open descriptors as it is now: the programs that Commands start get this one back. To
/// be called before a server raises its own. Without it they inherit what is in force.
DESIST_API void remember_nofile_limit() noexcept;

}  // namespace desist::process
