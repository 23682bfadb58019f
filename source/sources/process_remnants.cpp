#include "sources/process_remnants.hpp"

// Who is left of a command.
//
// Two ways to look. Where this process adopts orphans (it is a subreaper, or the first process of a
// container), every descendant whose parent has died is its child, in the list of its main thread: one small
// file. As parents are killed their children turn up there, so looking again until nobody is left finds all.
// Otherwise the whole of /proc is asked for members of the leader's session; who has left the session is not
// found then.
//
// 1. A pidfd is opened first and the process behind its number is recognised after. Should the number have
//    changed hands in between, the signal goes to a process that is gone.
// 2. A session's number belongs to it as long as its leader is not reaped, so belonging to it is proof.
//    Outside of it the mark in the environment is: DESIST_WORK, unlike any other. A process that has left the
//    session, lost its parent, and dropped the mark or become another user's, is not recognised. It lives on.
// 3. Adopted zombies are reaped whoever's they were: nobody needs their status. Spared are leaders (their
//    owner reaps them), and children in this process's own session (they were started by other code).
// 4. `adopted_mutex` guards reaping: the kernel's list of children skips entries when one is reaped while it
//    is read. It is taken alone, or before the registry's.

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <ctime>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tl/expected.hpp>

#include "desist/process.hpp"

#include "sources/process_registry.hpp"
#include "sources/process_spawn.hpp"

namespace desist::process {
namespace {

constexpr std::size_t most_at_once = 64;  // descriptors that one look may hold

std::mutex adopted_mutex;

bool out_of_descriptors(int error) noexcept {
  return error == EMFILE || error == ENFILE || error == ENOMEM;
}

// The whole file, or errno.
tl::expected<std::string, int> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return tl::unexpected(errno);
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::unexpected(errno);
    if (got == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

tl::expected<std::vector<pid_t>, int> adopted_children() {
  const auto text = read_file("/proc/self/task/" + std::to_string(::getpid()) + "/children");
  if (!text) return tl::unexpected(text.error());
  std::vector<pid_t> pids;
  const char* at = text->data();
  const char* const end = at + text->size();
  while (at != end) {
    pid_t pid = 0;
    const auto [next, error] = std::from_chars(at, end, pid);
    if (error == std::errc()) pids.push_back(pid);
    at = std::find_if(next, end, [](char c) { return c >= '0' && c <= '9'; });
  }
  return pids;
}

tl::expected<std::vector<pid_t>, int> session_members(pid_t session) {
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
  if (!proc) return tl::unexpected(errno);
  std::vector<pid_t> pids;
  while (const dirent* entry = ::readdir(proc.get())) {
    const std::string_view name = entry->d_name;
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc() || end != name.data() + name.size()) continue;
    if (pid != session && ::getsid(pid) == session) pids.push_back(pid);
  }
  return pids;
}

// How large the process's environment is, as it is now: nothing where that cannot be told, as between an old
// program and a new one.
std::optional<std::size_t> environment_size(pid_t pid) {
  const auto stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return std::nullopt;
  // env_start and env_end are the 50th and the 51st field; the second, a name in parentheses, may hold
  // anything.
  constexpr int fields_between = 48;
  std::size_t at = stat->rfind(')');
  for (int field = 0; field < fields_between && at != std::string::npos; ++field)
    at = stat->find(' ', at + 1);
  if (at == std::string::npos) return std::nullopt;
  std::size_t start = 0;
  std::size_t end = 0;
  const char* const last = stat->data() + stat->size();
  const auto first = std::from_chars(stat->data() + at + 1, last, start);
  if (first.ec != std::errc() || first.ptr == last) return std::nullopt;
  if (std::from_chars(first.ptr + 1, last, end).ec != std::errc() || end == 0) return std::nullopt;
  return end - start;
}

bool has_entry(std::string_view environment, std::string_view entry) {
  for (std::size_t at = environment.find(entry); at != std::string_view::npos;
       at = environment.find(entry, at + 1)) {
    const std::size_t end = at + entry.size();
    if ((at == 0 || environment[at - 1] == '\0') && (end == environment.size() || environment[end] == '\0'))
      return true;
  }
  return false;
}

enum class Marked { yes, no, unsure, blind };

// An environment that is read while its process executes another program comes out short, or empty. So "no"
// takes the whole of it.
Marked marked(pid_t pid, std::string_view mark) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/environ");
  if (!text) return out_of_descriptors(text.error()) ? Marked::blind : Marked::no;
  if (has_entry(*text, mark)) return Marked::yes;
  return environment_size(pid) == text->size() ? Marked::no : Marked::unsure;
}

// Reaps a child that has died, unless somebody waits for it. Returns whether it has.
bool reap_unless_wanted(pid_t pid, int pidfd) noexcept {
  if (::getsid(pid) == ::getsid(0) || Registry::get().may_lead(pid)) return false;
  siginfo_t info{};
  return ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG) == 0;
}

// Goes through our children: reaps the dead ones, and gives the living ones to `see(pid, pidfd)`, until that
// is false.
template <class See>
Remnants::Sight walk_adopted(See see) {
  const std::lock_guard lock(adopted_mutex);
  const auto pids = adopted_children();
  if (!pids) return out_of_descriptors(pids.error()) ? Remnants::Sight::blind : Remnants::Sight::clear;
  auto sight = Remnants::Sight::clear;
  for (const pid_t pid : *pids) {
    Descriptor pidfd = open_pidfd(pid);
    if (!pidfd) {
      if (out_of_descriptors(errno)) sight = Remnants::Sight::blind;
    } else if (wait_gone(pidfd.get(), TimePoint::min())) {
      // Its children became ours when it died: maybe after the list was read.
      if (reap_unless_wanted(pid, pidfd.get())) sight = std::max(sight, Remnants::Sight::moving);
    } else if (!see(pid, std::move(pidfd))) {
      break;
    }
  }
  return sight;
}

Remnants find_adopted(pid_t leader, std::string_view mark) {
  Remnants remnants;
  const pid_t own_session = ::getsid(0);
  auto worse = Remnants::Sight::clear;
  remnants.sight = walk_adopted([&](pid_t pid, Descriptor pidfd) {
    const pid_t session = ::getsid(pid);
    if (pid == leader || session == own_session) return true;
    if (session != leader) {
      if (session > 0 && Registry::get().leads(session)) return true;  // another command's
      const Marked found = marked(pid, mark);
      if (found == Marked::unsure) worse = std::max(worse, Remnants::Sight::unsure);
      if (found == Marked::blind) worse = Remnants::Sight::blind;
      if (found != Marked::yes) return true;
    }
    remnants.processes.push_back({pid, std::move(pidfd), ::getpgid(pid) == leader});
    return remnants.processes.size() < most_at_once;
  });
  remnants.sight = std::max(remnants.sight, worse);
  return remnants;
}

Remnants find_in_session(pid_t leader) {
  Remnants remnants;
  const auto pids = session_members(leader);
  if (!pids) {
    if (out_of_descriptors(pids.error())) remnants.sight = Remnants::Sight::blind;
    return remnants;
  }
  for (const pid_t pid : *pids) {
    if (remnants.processes.size() == most_at_once) break;
    Descriptor pidfd = open_pidfd(pid);
    if (!pidfd && out_of_descriptors(errno)) remnants.sight = Remnants::Sight::blind;
    if (!pidfd || ::getsid(pid) != leader || wait_gone(pidfd.get(), TimePoint::min())) continue;
    remnants.processes.push_back({pid, std::move(pidfd), ::getpgid(pid) == leader});
  }
  return remnants;
}

}  // namespace

bool adopt_orphans() noexcept {
  // A kernel without lists of children (CONFIG_PROC_CHILDREN) would leave us with orphans that we cannot see.
  const std::string list = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  if (::access(list.c_str(), R_OK) != 0) return false;
  // Ignored, it would have the kernel reap our children, leaders too, before anybody could ask how they
  // ended.
  struct sigaction now {};
  if (::sigaction(SIGCHLD, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) std::signal(SIGCHLD, SIG_DFL);
  return ::prctl(PR_SET_CHILD_SUBREAPER, 1UL) == 0;
}

bool adopts_orphans() noexcept {
  int adopts = 0;
  return ::getpid() == 1 || (::prctl(PR_GET_CHILD_SUBREAPER, &adopts) == 0 && adopts != 0);
}

Remnants find_remnants(pid_t leader, std::string_view mark) {
  return adopts_orphans() ? find_adopted(leader, mark) : find_in_session(leader);
}

bool wait_gone(int pidfd, TimePoint deadline) noexcept {
  pollfd wait{.fd = pidfd, .events = POLLIN, .revents = 0};
  for (;;) {
    timespec left{};
    if (deadline != TimePoint::max()) {
      const auto nanoseconds = std::max<std::int64_t>(
          0, deadline == TimePoint::min()
                 ? 0
                 : std::chrono::duration_cast<std::chrono::nanoseconds>(deadline - Clock::now()).count());
      left.tv_sec = static_cast<std::time_t>(nanoseconds / 1'000'000'000);
      left.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
    }
    const int ready = ::ppoll(&wait, 1, deadline == TimePoint::max() ? nullptr : &left, nullptr);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) brief_pause();
  }
}

void reap_leader(int pidfd) noexcept {
  const std::lock_guard lock(adopted_mutex);
  siginfo_t info{};
  ::waitid(P_PIDFD, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG);
}

void reap_strays() noexcept {
  if (!adopts_orphans()) return;
  static std::atomic<Clock::rep> next_look{0};
  const Clock::rep now = Clock::now().time_since_epoch().count();
  Clock::rep next = next_look.load(std::memory_order_relaxed);
  const Clock::rep later = now + Duration(std::chrono::seconds(1)).count();
  if (now < next || !next_look.compare_exchange_strong(next, later, std::memory_order_relaxed)) return;
  walk_adopted([](pid_t, Descriptor) { return true; });
}

void brief_pause() noexcept {
  const timespec millisecond{.tv_sec = 0, .tv_nsec = 1'000'000};
  ::nanosleep(&millisecond, nullptr);
}

}  // namespace desist::process
