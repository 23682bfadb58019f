#include "front/crew.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace desist::front {
namespace {

using namespace std::chrono_literals;

constexpr Duration lull = 100ms;

}  // namespace

Crew::Crew(Pool& pool, Poller& poller, std::size_t most_waiting, std::function<void(Poller::Event)> serve)
    : pool_(pool),
      poller_(poller),
      most_waiting_(std::max<std::size_t>(most_waiting, 1)),
      serve_(std::move(serve)),
      watchman_([this] { return !take_place(1) || fill_place(); }) {}

void Crew::start() {
  watchman_.start();
  if (!keep_one_waiting()) {
    throw std::system_error(EAGAIN, std::generic_category(), "no thread to wait for connections");
  }
}

// The watchman first: it may be about to start a thread.
void Crew::stop() {
  watchman_.stop();
  poller_.wake_all();
  threads_.wait_none();
}

bool Crew::keep_one_waiting() {
  if (!take_place(1)) return true;
  missed_ = Clock::now().time_since_epoch().count();
  return fill_place();
}

/// How many may wait now: several where one was missed a short time ago.
std::size_t Crew::wanted() const noexcept {
  const TimePoint missed{Duration(missed_.load(std::memory_order_relaxed))};
  return Clock::now() - missed < lull ? most_waiting_ : 1;
}

/// One more counts as waiting, unless `most` do already.
bool Crew::take_place(std::size_t most) noexcept {
  std::size_t waiting = waiting_;
  while (waiting < most) {
    if (waiting_.compare_exchange_weak(waiting, waiting + 1)) return true;
  }
  return false;
}

/// A new thread for a place that was taken. Where there is none to be had, the place is given up again.
bool Crew::fill_place() {
  threads_.enter();
  if (pool_.spawn([this] { follow(); })) return true;
  --waiting_;
  threads_.leave();
  return false;
}

void Crew::follow() {
  for (;;) {
    const std::optional<Poller::Event> event = poller_.wait(waiting_ > 1 ? lull : Duration::max());
    if (!event) {
      if (leave_to_others()) break;
      continue;
    }
    --waiting_;
    if (event->id == Poller::wake) break;
    serve_(*event);
    if (!take_place(1) && !take_place(wanted())) break;
  }
  threads_.leave();
}

/// One less counts as waiting, unless it is the last.
bool Crew::leave_to_others() noexcept {
  std::size_t waiting = waiting_;
  while (waiting > 1) {
    if (waiting_.compare_exchange_weak(waiting, waiting - 1)) return true;
  }
  return false;
}

}  // namespace desist::front
