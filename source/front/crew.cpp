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
  while (waiting_ < target_ && add()) {
  }
}

bool Crew::keep_one_waiting() {
  return waiting_ > 0 || add();
}

bool Crew::add() {
  threads_.enter();
  ++waiting_;
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
    if (!come_back()) break;
  }
  threads_.leave();
}

bool Crew::come_back() noexcept {
  std::size_t waiting = waiting_;
  while (waiting < target_) {
    if (waiting_.compare_exchange_weak(waiting, waiting + 1)) return true;
  }
  return false;
}

}  // namespace desist::front
