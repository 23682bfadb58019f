#include "front/watchman.hpp"

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <sys/timerfd.h>

namespace desist::front {
namespace {

constexpr long patience = 1'000'000;  // nanoseconds

}  // namespace

Watchman::Watchman(std::function<bool()> relieve)
    : relieve_(std::move(relieve)), timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
  if (!timer_) throw std::system_error(errno, std::generic_category(), "timerfd_create");
}

void Watchman::start() {
  thread_ = std::jthread([this] { watch(); });
}

void Watchman::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    set(Alarm::now);
  }
  if (thread_.joinable()) thread_.join();
}

void Watchman::begin() noexcept {
  const std::lock_guard lock(mutex_);
  ++under_way_;
  if (!stopped_) set(Alarm::soon);
}

// The last one takes the alarm back. Others leave it: it may have been set for one that is still under way.
void Watchman::end() noexcept {
  const std::lock_guard lock(mutex_);
  if (--under_way_ == 0 && !stopped_) set(Alarm::none);
}

// Under the lock.
void Watchman::set(Alarm alarm) noexcept {
  itimerspec time{};
  time.it_value.tv_nsec = alarm == Alarm::none ? 0 : alarm == Alarm::soon ? patience : 1;
  timerfd_settime(timer_.get(), 0, &time, nullptr);
}

void Watchman::watch() {
  for (;;) {
    std::uint64_t expirations = 0;
    const bool rang = read(timer_.get(), &expirations, sizeof expirations) == sizeof expirations;
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return;
    }
    if (!rang || relieve_()) continue;
    const std::lock_guard lock(mutex_);
    if (under_way_ > 0 && !stopped_) set(Alarm::soon);
  }
}

}  // namespace desist::front
