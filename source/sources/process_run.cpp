#include "sources/process_run.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "context/saturate.hpp"
#include "sources/process_remnants.hpp"

namespace desist::process {
namespace {

// How often a run looks for dead orphans while it has nothing else to do.
constexpr Duration stray_interval = std::chrono::seconds(1);

tl::unexpected<SpawnError> fail(std::string_view step) {
  return tl::unexpected(SpawnError{step, errno});
}

// The request's body as a file in memory. A program may read it, or not, or in part, and never waits for it;
// nothing is left to be written while it works, so a reader that has gone is no SIGPIPE for this process.
tl::expected<Descriptor, SpawnError> make_input(std::string_view bytes) {
  constexpr unsigned no_exec_seal = 0x0008U;  // MFD_NOEXEC_SEAL, Linux 6.3; Debian 12's headers lack it
  Descriptor file(::memfd_create("desist-input", MFD_CLOEXEC | no_exec_seal));
  if (!file && errno == EINVAL) file = Descriptor(::memfd_create("desist-input", MFD_CLOEXEC));
  if (!file) return fail("memfd_create");
  if (file.get() <= STDERR_FILENO) {
    file = Descriptor(::fcntl(file.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!file) return fail("memfd_create");
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail("write the input");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::lseek(file.get(), 0, SEEK_SET) != 0) return fail("write the input");
  return file;
}

// Reads once. Returns false at the end of the stream.
template <class Take>
bool read_once(int fd, std::size_t most, Take take) {
  std::array<char, 65536> buffer;
  const ssize_t got = ::read(fd, buffer.data(), std::min(most, buffer.size()));
  if (got > 0) take(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

int milliseconds_until(TimePoint at) noexcept {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(at - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

}  // namespace

tl::expected<std::unique_ptr<Run>, SpawnError> Run::start(Program program,
                                                          const std::optional<std::string_view>& input,
                                                          RunLimits limits) {
  std::unique_ptr<Run> run(new Run());  // lint:allow-new: the constructor is private
  run->limits_ = limits;
  Descriptor in;
  if (input) {
    auto made = make_input(*input);
    if (!made) return tl::unexpected(made.error());
    in = std::move(*made);
  }
  auto out = make_pipe();
  if (!out) return tl::unexpected(out.error());
  auto err = make_pipe();
  if (!err) return tl::unexpected(err.error());
  run->out_ = std::move(out->first);
  run->err_ = std::move(err->first);
  // Our ends only: a program finds its own ends blocking, as it expects.
  if (::fcntl(run->out_.get(), F_SETFL, O_NONBLOCK) != 0) return fail("fcntl");
  if (::fcntl(run->err_.get(), F_SETFL, O_NONBLOCK) != 0) return fail("fcntl");
  run->wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!run->wake_) return fail("eventfd");
  auto group = Group::start(std::move(program), {in.get(), out->second.get(), err->second.get()});
  if (!group) return tl::unexpected(group.error());
  run->group_ = std::move(*group);
  return run;
}

void Run::stop() noexcept {
  stopped_.store(true, std::memory_order_relaxed);
  group_->tell();
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_.get(), &one, sizeof one);
}

void Run::begin_grace() noexcept {
  if (!told_) kill_at_ = after(limits_.grace);
  told_ = true;
}

void Run::take_output(std::size_t most) {
  const bool open = read_once(out_.get(), most, [&](std::string_view bytes) {
    if (bytes.size() <= limits_.max_output - ended_.output.size()) {
      ended_.output += bytes;
      return;
    }
    ended_.too_large = true;
    ended_.stopped_first = stopped_.load(std::memory_order_relaxed);
  });
  if (ended_.too_large) {
    ended_.output = {};
    group_->tell();
    begin_grace();
  }
  // Closing it tells a program that goes on writing, too.
  if (!open || ended_.too_large) out_.reset();
}

void Run::take_errors(std::size_t most) {
  if (!read_once(err_.get(), most, [&](std::string_view bytes) { ended_.errors.append(bytes); }))
    err_.reset();
}

void Run::wait_for_something() {
  std::array<pollfd, 4> ready{{{.fd = out_.get(), .events = POLLIN, .revents = 0},
                               {.fd = err_.get(), .events = POLLIN, .revents = 0},
                               {.fd = told_ ? -1 : wake_.get(), .events = POLLIN, .revents = 0},
                               {.fd = group_->exit_descriptor(), .events = POLLIN, .revents = 0}}};
  TimePoint wait_until = kill_at_;
  if (adopts_orphans()) wait_until = std::min(wait_until, Clock::now() + stray_interval);
  const int timeout = wait_until == TimePoint::max() ? -1 : milliseconds_until(wait_until);
  const int count = ::poll(ready.data(), ready.size(), timeout);
  if (count < 0 && errno != EINTR) brief_pause();
  if (count == 0) reap_strays();
  if (count > 0) {
    if (ready[0].revents != 0) take_output(SIZE_MAX);
    if (ready[1].revents != 0) take_errors(SIZE_MAX);
    if (ready[2].revents != 0) begin_grace();
    exited_ = ready[3].revents != 0;
  }
  if (!exited_ && kill_at_ != TimePoint::max() && Clock::now() >= kill_at_) {
    group_->kill();
    kill_at_ = TimePoint::max();
  }
}

void Run::read_until_exit() {
  while (!exited_) wait_for_something();
  // What the leader wrote is in the pipes by now. Others may go on writing, so only as much is read as was
  // there.
  for (std::size_t left = out_ ? readable_bytes(out_.get()) : 0; left > 0 && out_;) {
    const std::size_t before = ended_.output.size();
    take_output(left);
    if (ended_.output.size() <= before) break;
    left -= ended_.output.size() - before;
  }
  for (std::size_t left = err_ ? readable_bytes(err_.get()) : 0; left > 0 && err_;) {
    const std::size_t step = std::min<std::size_t>(left, 65536);
    take_errors(step);
    left -= step;
  }
}

Ended Run::end() {
  ended_.exit = group_->end(limits_.grace);
  return std::move(ended_);
}

}  // namespace desist::process
