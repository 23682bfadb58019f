#include "server/log_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <system_error>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

// The writer sleeps until there is a line. Then it gathers for a millisecond before it writes, so that a busy
// server pays for a wake-up and a write per batch, not per line; a batch that is large enough is written at
// once.
//
// A write to a pipe or terminal whose reader has stopped would block for ever, beyond the reach of the end.
// So each piece of at most PIPE_BUF bytes is written only after poll has said that there is room for that
// much, and the poll watches `end_event_` as well. Pieces are cut at line ends, so that lines of other
// writers fall between ours.
//
// All signals are blocked on the writer's thread: none is delivered here, and SIGPIPE becomes EPIPE.

namespace desist::server {
namespace {

constexpr std::chrono::milliseconds gather_for(1);
constexpr std::size_t gather_size = 64 * 1024;

bool is_file(int descriptor) {
  struct stat about {};
  return fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

/// The next piece to write: whole lines where they fit, else as much as fits.
std::size_t piece_size(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  const std::size_t newline = text.substr(0, most).rfind('\n');
  return newline == std::string_view::npos ? most : newline + 1;
}

/// Blocks every signal while a thread is made, which inherits that.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

LogWriter::LogWriter(Options options)
    : options_(std::move(options)), end_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (end_event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd for the log");
  try {
    const SignalsBlocked blocked;
    thread_ = std::jthread([this] { run(); });
  } catch (...) {
    close(end_event_);
    throw;
  }
}

void LogWriter::end() {
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    ending_ = true;
    flush_deadline_ = Clock::now() + options_.flush_timeout;
  }
  eventfd_write(end_event_, 1);
  wakes_.notify_one();
  thread_.join();
  close(end_event_);
}

void LogWriter::write(std::string_view line) noexcept {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    const std::size_t before = pending_.size();
    if (line.size() > options_.capacity - before) {
      ++dropped_;
    } else {
      try {
        pending_.append(line);
      } catch (...) {  // no memory: a line less
        ++dropped_;
      }
    }
    const bool batch_is_full = before < gather_size && pending_.size() >= gather_size;
    wake = std::exchange(asleep_, false) || batch_is_full;
  }
  if (wake) wakes_.notify_one();
}

void LogWriter::drop() noexcept {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    ++dropped_;
    wake = std::exchange(asleep_, false);
  }
  if (wake) wakes_.notify_one();
}

void LogWriter::run() {
  std::string batch;
  std::unique_lock lock(mutex_);
  while (true) {
    asleep_ = pending_.empty() && dropped_ == 0;
    wakes_.wait(lock, [this] { return ending_ || !pending_.empty() || dropped_ > 0; });
    asleep_ = false;
    wakes_.wait_for(lock, gather_for, [this] { return ending_ || pending_.size() >= gather_size; });
    if (pending_.empty() && dropped_ == 0) return;
    batch.clear();
    batch.swap(pending_);
    const std::size_t dropped = std::exchange(dropped_, 0);
    lock.unlock();
    if (dropped > 0 && options_.say_dropped) options_.say_dropped(batch, dropped);
    put(batch);
    if (batch.capacity() > 4 * gather_size) batch = std::string();  // a burst's memory is not kept
    lock.lock();
  }
}

void LogWriter::put(std::string_view batch) {
  const std::size_t most = is_file(options_.descriptor) ? batch.size() : std::size_t{PIPE_BUF};
  while (!batch.empty()) {
    if (!wait_writable()) return;
    const ssize_t written = ::write(options_.descriptor, batch.data(), piece_size(batch, most));
    if (written >= 0) {
      batch.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      return;  // nobody is there to be told
    }
  }
}

/// False where the end's time has run out, or the descriptor is broken.
bool LogWriter::wait_writable() {
  while (true) {
    bool ending = false;
    int timeout = -1;
    {
      const std::lock_guard lock(mutex_);
      ending = ending_;
      if (ending) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(flush_deadline_ - Clock::now());
        timeout = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
      }
    }
    pollfd watched[2] = {{.fd = options_.descriptor, .events = POLLOUT, .revents = 0},
                         {.fd = end_event_, .events = POLLIN, .revents = 0}};
    const int ready = poll(watched, ending ? 1 : 2, timeout);
    if (ready < 0 && errno != EINTR) return false;
    if (ready == 0) return false;
    if (ready > 0 && watched[0].revents != 0) return (watched[0].revents & (POLLNVAL | POLLERR)) == 0;
  }
}

}  // namespace desist::server
