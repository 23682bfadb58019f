#include "front/acceptor.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

namespace desist::front {
namespace {

using namespace std::chrono_literals;

constexpr int accepts_in_one_go = 64;  // then the others' events have their turn
constexpr Duration first_pause = 10ms;
constexpr Duration longest_pause = 1s;

enum class Verdict { nobody, out_of_means, closed, next };

// accept(2) hands on errors of a connection that failed before it was accepted; those are the peer's, not
// ours.
Verdict judge(int error) {
  switch (error) {
    case EAGAIN:
      return Verdict::nobody;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return Verdict::out_of_means;
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
      return Verdict::closed;
    default:
      return Verdict::next;
  }
}

}  // namespace

Acceptor::Acceptor(const std::string& address, std::uint16_t port, Duration patience, Poller& poller,
                   Host host)
    : listener_(address, port, patience),
      poller_(poller),
      host_(std::move(host)),
      retry_([this] { wake(); }) {}

void Acceptor::start() {
  poller_.add_listener(listener_.descriptor());
}

void Acceptor::stop() noexcept {
  if (stopped_.exchange(true)) return;
  poller_.remove(listener_.descriptor());
  listener_.stop();
  retry_.disarm();
}

void Acceptor::on_ready() {
  for (int i = 0; i < accepts_in_one_go && !stopped_; ++i) {
    // The event says that somebody waits; after the first, nobody may. Nobody is sent away for nobody.
    if (i > 0 && host_.is_full()) break;
    if (!host_.has_room() && pause_for_room()) return;
    Listener::Accepted accepted = listener_.accept();
    if (accepted.descriptor) {
      pause_ = {};
      host_.admit(std::move(accepted.descriptor), to_text(accepted.peer));
      continue;
    }
    const Verdict verdict = judge(accepted.error);
    if (verdict == Verdict::nobody) break;
    if (verdict == Verdict::closed) return;
    if (verdict == Verdict::out_of_means) {
      host_.make_room();
      return back_off();
    }
  }
  rearm();
}

// False where room came about in between: the one that made it may have looked before the pause began. A
// pause also ends by itself, since those who are spared now may be sent away later.
bool Acceptor::pause_for_room() {
  wants_room_.store(true);
  asleep_.store(true);
  retry_.arm(Clock::now() + longest_pause);
  return !(host_.has_room() && asleep_.exchange(false));
}

void Acceptor::room() noexcept {
  if (wants_room_.load()) wake();
}

void Acceptor::back_off() {
  pause_ = std::clamp(pause_ * 2, first_pause, longest_pause);
  const TimePoint until = Clock::now() + pause_;
  wants_room_.store(false);
  asleep_.store(true);
  retry_.arm(until);
}

void Acceptor::wake() noexcept {
  if (asleep_.load() && asleep_.exchange(false)) rearm();
}

void Acceptor::rearm() noexcept {
  if (!stopped_) poller_.rearm_listener(listener_.descriptor());
}

}  // namespace desist::front
