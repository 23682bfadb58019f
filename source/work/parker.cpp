#include "desist/parker.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>

#include <time.h>

namespace desist::detail {
namespace {

// On CLOCK_MONOTONIC, which Clock reads. What lies before its start is over as well.
timespec moment(TimePoint at) noexcept {
  const Duration since_start = std::max(at.time_since_epoch(), Duration::zero());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_start);
  return {.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds(since_start - seconds).count()};
}

}  // namespace

Parker::Parker() noexcept {
  ::sem_init(&wakes_, 0, 0);
}

Parker::~Parker() {
  ::sem_destroy(&wakes_);
}

void Parker::unpark() noexcept {
  unparked_.store(true, std::memory_order_release);
  ::sem_post(&wakes_);
}

void Parker::park() noexcept {
  while (::sem_wait(&wakes_) != 0) {
  }
  (void)woke();
}

bool Parker::park_until(TimePoint at) noexcept {
  const timespec end = moment(at);
  while (::sem_clockwait(&wakes_, CLOCK_MONOTONIC, &end) != 0) {
    if (errno == ETIMEDOUT) return false;
  }
  return woke();
}

bool Parker::woke() noexcept {
  return unparked_.exchange(false, std::memory_order_acquire);
}

}  // namespace desist::detail
