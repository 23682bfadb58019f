#include "desist/latch.hpp"

#include <utility>

namespace desist {

void Latch::count_down() noexcept {
  detail::WaitPlace* claimed = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (count_ == 0 || --count_ > 0) return;
    claimed = waiting_.claim_all();
  }
  detail::wake_all(claimed);
}

bool Latch::open() const noexcept {
  const std::lock_guard lock(mutex_);
  return count_ == 0;
}

Result<void> Latch::wait(const Context& ctx) {
  Wait opened(*this);
  if (Result<std::size_t> came = wait_any(ctx, opened); !came) {
    return tl::unexpected<Error>(std::move(came).error());
  }
  return {};
}

void Latch::Wait::enrol(Waiter& waiter, std::size_t index) noexcept {
  const std::lock_guard lock(latch_.mutex_);
  if (latch_.count_ > 0) {
    latch_.waiting_.add(*this, waiter, index);
  } else if (waiter.claim(index)) {
    waiter.wake();
  }
}

void Latch::Wait::withdraw() noexcept {
  const std::lock_guard lock(latch_.mutex_);
  latch_.waiting_.remove(*this);
}

}  // namespace desist
