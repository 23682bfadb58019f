#include "sources/process_group.hpp"

// How a group ends, and why nobody else is ever hit.
//
// 1. A group's number belongs to it as long as its leader is not reaped, even as a zombie. So every signal to
//    the group is sent under `mutex_` while `present_`, and `present_` turns false before the leader is
//    reaped.
// 2. The leader is reaped last, when every other member is gone. Members are signalled together, by
//    kill(-id), which no fork can slip through: the kernel refuses a fork to a process with a signal pending.
// 3. What left the group is signalled through a pidfd that was opened before it was recognised.
// 4. `end` runs on the owner's thread, `tell` and `kill` on any. Lock order: registry, then group.

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "context/saturate.hpp"
#include "sources/process_remnants.hpp"

namespace desist::process {
namespace {

// How often to look again, a millisecond apart, while a process is between two programs: on a busy machine
// that can take long. One that is so for ever must not hold up the request.
constexpr int most_unsure = 500;

// Unlike any other of this boot: a random number for this process, and a count.
std::string new_mark() {
  static const std::uint64_t process = [] {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number)) {
      number = static_cast<std::uint64_t>(Clock::now().time_since_epoch().count());
    }
    return number;
  }();
  static std::atomic<std::uint64_t> count{0};
  return std::to_string(process) + "-" + std::to_string(count.fetch_add(1, std::memory_order_relaxed) + 1);
}

// What waitid says of this child without reaping it; si_pid is 0 while it runs.
bool peek(int pidfd, siginfo_t& info) noexcept {
  info = {};
  return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

// Whether a zombie could hear SIGTERM and live: by a handler, or by waiting for it while it was blocked. What
// cannot be read counts as yes.
bool could_heed_sigterm(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/status";
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> buffer;
  const ssize_t size = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  if (size <= 0) return true;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  for (const std::string_view field : {"SigBlk:\t", "SigCgt:\t"}) {
    const std::size_t at = text.find(field);
    if (at == std::string_view::npos) return true;
    std::uint64_t signals = 0;
    const char* const digits = text.data() + at + field.size();
    if (std::from_chars(digits, text.data() + text.size(), signals, 16).ec != std::errc()) return true;
    if ((signals & (std::uint64_t{1} << (SIGTERM - 1))) != 0) return true;
  }
  return false;
}

}  // namespace

tl::expected<std::unique_ptr<Group>, SpawnError> Group::start(Program program, const Stdio& stdio) {
  std::unique_ptr<Group> group(new Group());  // lint:allow-new: the constructor is private
  group->mark_ = "DESIST_WORK=" + new_mark();
  program.env.push_back(group->mark_);
  Registry::Starting starting(Registry::get());
  auto child = spawn(program, stdio);
  if (!child) return tl::unexpected(child.error());
  group->id_ = child->pid;
  group->pidfd_ = std::move(child->pidfd);
  group->ended_ = false;
  group->present_ = true;
  starting.add(*group);
  return group;
}

Group::~Group() {
  if (ended_) return;
  kill();
  pollfd wait{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  while (::poll(&wait, 1, -1) < 0) {
  }
  end(Duration::zero());
}

void Group::signal(int number) noexcept {
  const std::lock_guard lock(mutex_);
  if (present_) ::kill(-id_, number);
}

void Group::kill() noexcept {
  signal(SIGKILL);
}

void Group::tell() noexcept {
  const std::lock_guard lock(mutex_);
  if (!present_) return;
  siginfo_t info;
  if (!told_at_ && peek(pidfd_.get(), info) && info.si_pid == 0) told_at_ = Clock::now();
  ::kill(-id_, SIGTERM);
  ::kill(-id_, SIGCONT);
}

Exit Group::exit_of_leader() const noexcept {
  Exit exit;
  siginfo_t info;
  if (!peek(pidfd_.get(), info) || info.si_pid == 0) return exit;
  exit.how = info.si_code == CLD_EXITED ? Exit::How::exited : Exit::How::killed;
  exit.code = info.si_status;
  return exit;
}

Exit Group::end(Duration grace) {
  Exit exit = exit_of_leader();
  std::optional<TimePoint> grace_end;
  {
    const std::lock_guard lock(mutex_);
    exit.told = told_at_.has_value();
    if (told_at_) grace_end = after(*told_at_, grace);
    // Reaped by somebody else, the leader no longer holds the number: what it left behind cannot be told from
    // strangers.
    if (exit.how == Exit::How::lost) present_ = false;
  }
  if (exit.told && exit.how == Exit::How::exited) exit.heeds = could_heed_sigterm(id_);
  if (exit.how != Exit::How::lost) end_others(grace_end);
  {
    const std::lock_guard lock(mutex_);
    present_ = false;
  }
  reap_leader(pidfd_.get());
  ended_ = true;
  Registry::get().remove(*this);
  return exit;
}

void Group::end_others(std::optional<TimePoint> grace_end) {
  if (!grace_end) kill();
  std::vector<pid_t> beyond_us;  // another user's: may not be signalled, and so is not waited for
  for (int unsure = 0;;) {
    const Remnants remnants = find_remnants(id_, mark_);
    bool waited = false;
    for (const Remnant& remnant : remnants.processes) {
      if (std::find(beyond_us.begin(), beyond_us.end(), remnant.pid) != beyond_us.end()) continue;
      waited = true;
      const bool has_time = grace_end && remnant.in_group;
      if (!has_time && !signal_pidfd(remnant.pidfd.get(), SIGKILL) && errno == EPERM) {
        beyond_us.push_back(remnant.pid);
        continue;
      }
      if (!wait_gone(remnant.pidfd.get(), has_time ? *grace_end : TimePoint::max())) {
        grace_end.reset();
        kill();
        break;
      }
    }
    if (waited || remnants.sight == Remnants::Sight::moving) continue;
    if (remnants.sight == Remnants::Sight::clear) break;
    if (remnants.sight == Remnants::Sight::unsure && ++unsure > most_unsure) break;
    brief_pause();
  }
  kill();  // nobody is left to be seen; where /proc shows less than there is, this still reaches the group
}

}  // namespace desist::process
