#include "desist/semaphore.hpp"

namespace desist {

Result<Semaphore::Permit> Semaphore::acquire(const Context& ctx) {
  Acquire permit(*this);
  if (Result<std::size_t> came = wait_any(ctx, permit); !came) {
    return tl::unexpected<Error>(std::move(came).error());
  }
  return *permit.take();
}

std::optional<Semaphore::Permit> Semaphore::try_acquire() noexcept {
  const std::lock_guard lock(mutex_);
  if (free_ == 0) return std::nullopt;
  --free_;
  return Permit(this);
}

std::size_t Semaphore::available() const noexcept {
  const std::lock_guard lock(mutex_);
  return free_;
}

void Semaphore::give_back() noexcept {
  detail::WaitPlace* heir = nullptr;
  {
    const std::lock_guard lock(mutex_);
    heir = waiting_.claim_first();
    if (heir == nullptr) {
      ++free_;
    } else {
      static_cast<Acquire*>(heir)->permit_.emplace(Permit(this));
    }
  }
  detail::wake_all(heir);
}

bool Semaphore::Acquire::poll() noexcept {
  if (!permit_) permit_ = semaphore_.try_acquire();
  return permit_.has_value();
}

void Semaphore::Acquire::enrol(Waiter& waiter, std::size_t index) noexcept {
  const std::lock_guard lock(semaphore_.mutex_);
  if (semaphore_.free_ == 0) {
    semaphore_.waiting_.add(*this, waiter, index);
  } else if (waiter.claim(index)) {
    --semaphore_.free_;
    permit_.emplace(Permit(&semaphore_));
    waiter.wake();
  }
}

void Semaphore::Acquire::withdraw() noexcept {
  const std::lock_guard lock(semaphore_.mutex_);
  semaphore_.waiting_.remove(*this);
}

}  // namespace desist
