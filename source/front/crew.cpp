#include "front/crew.hpp"

#include <algorithm>
#include <utility>

namespace desist::front {

Crew::Crew(Pool& pool, Poller& poller, std::size_t waiting, std::function<void(Poller::Event)> serve)
    : pool_(pool), poller_(poller), target_(std::max<std::size_t>(waiting, 1)), serve_(std::move(serve)) {}

void Crew::stop() {
  poller_.wake_all();
  threads_.wait_none();
}

void Crew::start() {
  while (take_place(target_) && fill_place()) {
  }
}

bool Crew::keep_one_waiting() {
  return !take_place(1) || fill_place();
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
    const Poller::Event event = poller_.wait();
    --waiting_;
    if (event.id == Poller::wake) break;
    serve_(event);
    if (!take_place(target_)) break;
  }
  threads_.leave();
}

}  // namespace desist::front
