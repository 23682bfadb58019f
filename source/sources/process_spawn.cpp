#include "sources/process_spawn.hpp"

// How a process is started.
//
// * vfork: the child borrows this process's memory until it executes, so starting costs the same whatever the
//   size of this process, and its threads go on. (Under ThreadSanitizer vfork is an ordinary fork; everything
//   here holds for both.) The child runs `become_program` only: system calls on values prepared before, no
//   allocation, no lock.
// * All signals are blocked from before vfork until after: a handler of this process must not run in the
//   child, on the shared memory. The child sets every disposition back to the default before it unblocks
//   them.
// * A failure comes back through a close-on-exec pipe as (step, errno); its end of file says "executed".
// * The child leads a session, not only a group: it has no terminal to ask for a password or to be stopped
//   by, and a member that changes its group (a shell with job control) can still be recognised by its
//   session.
// * PR_SET_PDEATHSIG: where this process dies without having cleaned up, the leader at least is told. The
//   signal comes when the *thread* that started it ends; that thread waits for the leader, so it cannot end
//   before.

#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desist/process.hpp"

namespace desist::process {
namespace {

// What children get as their soft RLIMIT_NOFILE; RLIM_INFINITY: they inherit.
std::atomic<rlim_t> remembered_nofile{RLIM_INFINITY};

// The steps of a child, as they travel through the failure pipe.
enum class Step : int { session, parent, limit, descriptors, directory, execute };

std::string_view name_of(Step step) noexcept {
  switch (step) {
    case Step::session:
      return "setsid";
    case Step::parent:
      return "prctl";
    case Step::limit:
      return "setrlimit";
    case Step::descriptors:
      return "descriptors";
    case Step::directory:
      return "working directory";
    case Step::execute:
      return "execute";
  }
  return "start";
}

struct Report {
  Step step;
  int error;
};

// All that the child needs, made ready before it exists.
struct Plan {
  const char* path;
  char* const* argv;
  char* const* env;
  const char* directory;  // null: stay
  Stdio stdio;
  int report;
  pid_t parent;
  rlim_t nofile;
};

[[noreturn]] void give_up(const Plan& plan, Step step) noexcept {
  const Report report{step, errno};
  [[maybe_unused]] const ssize_t written = ::write(plan.report, &report, sizeof report);
  ::_exit(127);
}

void reset_signals() noexcept {
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool place_descriptors(const Stdio& stdio) noexcept {
  // /dev/null is opened here: it may land on any number, also on 0 to 2, where those were closed. Then the
  // number is about to be overwritten by the very dup2 that wants it, or by a later one, when it has served.
  const int in = stdio.in >= 0 ? stdio.in : ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (in < 0) return false;
  if (in == STDIN_FILENO) {
    if (::fcntl(in, F_SETFD, 0) != 0) return false;
  } else if (::dup2(in, STDIN_FILENO) < 0) {
    return false;
  }
  if (::dup2(stdio.out, STDOUT_FILENO) < 0 || ::dup2(stdio.err, STDERR_FILENO) < 0) return false;
  // Marked, not closed: the failure pipe must live until execve. This covers what others opened without
  // O_CLOEXEC.
  return ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0;
}

// Runs in the child, on the parent's memory.
[[noreturn]] void become_program(const Plan& plan) noexcept {
  if (::setsid() < 0) give_up(plan, Step::session);
  if (::prctl(PR_SET_PDEATHSIG, static_cast<unsigned long>(SIGTERM)) != 0) give_up(plan, Step::parent);
  if (::getppid() != plan.parent) ::_exit(127);  // it died before it could be watched
  if (plan.nofile != RLIM_INFINITY) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) give_up(plan, Step::limit);
    limit.rlim_cur = plan.nofile < limit.rlim_max ? plan.nofile : limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) give_up(plan, Step::limit);
  }
  if (!place_descriptors(plan.stdio)) give_up(plan, Step::descriptors);
  if (plan.directory != nullptr && ::chdir(plan.directory) != 0) give_up(plan, Step::directory);
  reset_signals();
  ::execve(plan.path, plan.argv, plan.env);
  give_up(plan, Step::execute);
}

// A function of its own, so that no variable lives across the two returns of vfork.
[[gnu::noinline]] pid_t start_child(const Plan& plan) noexcept {
  const pid_t pid = ::vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork): see the top of the file
  if (pid == 0) become_program(plan);  // NOLINT(clang-analyzer-unix.Vfork): it never returns
  return pid;
}

class AllSignalsBlocked {
 public:
  AllSignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  AllSignalsBlocked(const AllSignalsBlocked&) = delete;
  AllSignalsBlocked& operator=(const AllSignalsBlocked&) = delete;
  ~AllSignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

tl::unexpected<SpawnError> fail(std::string_view step, int error) {
  return tl::unexpected(SpawnError{step, error});
}

void reap(pid_t pid) noexcept {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// The descriptor, moved above 2 where it was not. Takes it over; empty with errno set where that fails.
Descriptor above_stdio(int fd) noexcept {
  Descriptor low(fd);
  if (fd > STDERR_FILENO || fd < 0) return low;
  return Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

}  // namespace

void remember_nofile_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    remembered_nofile.store(limit.rlim_cur, std::memory_order_relaxed);
}

tl::expected<std::pair<Descriptor, Descriptor>, SpawnError> make_pipe() noexcept {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail("pipe", errno);
  Descriptor write_end(ends[1]);  // closed on the way out where moving the other one fails
  Descriptor read_end = above_stdio(ends[0]);
  if (!read_end) return fail("pipe", errno);
  if (ends[1] <= STDERR_FILENO) write_end = Descriptor(::fcntl(ends[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!write_end) return fail("pipe", errno);
  return std::pair(std::move(read_end), std::move(write_end));
}

Descriptor open_pidfd(pid_t pid) noexcept {
  // glibc 2.36's sys/pidfd.h cannot be linked from C++: it lacks extern "C".
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

bool signal_pidfd(int pidfd, int signal) noexcept {
  return ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0) == 0;
}

tl::expected<Child, SpawnError> spawn(const Program& program, const Stdio& stdio) {
  auto report = make_pipe();
  if (!report) return tl::unexpected(report.error());
  const std::vector<char*> argv = pointers(program.argv);
  const std::vector<char*> env = pointers(program.env);
  const Plan plan{.path = program.path.c_str(),
                  .argv = argv.data(),
                  .env = env.data(),
                  .directory = program.directory.empty() ? nullptr : program.directory.c_str(),
                  .stdio = stdio,
                  .report = report->second.get(),
                  .parent = ::getpid(),
                  .nofile = remembered_nofile.load(std::memory_order_relaxed)};
  pid_t pid = -1;
  int error = 0;
  {
    const AllSignalsBlocked blocked;
    pid = start_child(plan);
    error = errno;
  }
  if (pid < 0) return fail("start a process", error);

  report->second.reset();
  Report failure{};
  ssize_t got = 0;
  do {
    got = ::read(report->first.get(), &failure, sizeof failure);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof failure)) {
    reap(pid);
    return fail(name_of(failure.step), failure.error);
  }

  Descriptor pidfd = open_pidfd(pid);
  if (!pidfd) {
    error = errno;
    if (error != ESRCH) {  // else somebody else has reaped it, and the number may be a stranger's
      ::kill(-pid, SIGKILL);
      reap(pid);
    }
    return fail("pidfd_open", error);
  }
  return Child{pid, std::move(pidfd)};
}

}  // namespace desist::process
