#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "desist/api.hpp"
#include "desist/error.hpp"
#include "desist/wait_any.hpp"
#include "desist/wait_list.hpp"

namespace desist {

/// A number of permits, lent to those who ask in the order in which they came: one that is given back goes
/// straight to the first who waits. Thread-safe; must outlive its permits and those who wait.
class DESIST_API Semaphore {
 public:
  /// With this many permits to lend.
  explicit Semaphore(std::size_t permits) noexcept : free_(permits) {}
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// One permit; its end gives it back. Move-only.
  class [[nodiscard]] Permit {
   public:
    /// The other one holds nothing any more.
    Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
    /// Gives back what it held.
    Permit& operator=(Permit&& other) noexcept {
      Permit old(std::exchange(semaphore_, std::exchange(other.semaphore_, nullptr)));
      return *this;
    }
    ~Permit() { release(); }

    /// Gives it back before its end.
    void release() noexcept {
      if (semaphore_ != nullptr) std::exchange(semaphore_, nullptr)->give_back();
    }

   private:
    friend class Semaphore;
    explicit Permit(Semaphore* semaphore) noexcept : semaphore_(semaphore) {}
    Semaphore* semaphore_;
  };

  /// Waits for a permit; `cancelled` where `ctx` stops first.
  [[nodiscard]] Result<Permit> acquire(const Context& ctx);
  /// A permit if one is free now and nobody waits for it.
  [[nodiscard]] std::optional<Permit> try_acquire() noexcept;
  /// How many are free now.
  [[nodiscard]] std::size_t available() const noexcept;

  /// For wait_any: one thread's wait for a permit.
  class Acquire : private detail::WaitPlace {
   public:
    /// The semaphore must outlive it.
    explicit Acquire(Semaphore& semaphore) noexcept : semaphore_(semaphore) {}
    Acquire(const Acquire&) = delete;
    Acquire& operator=(const Acquire&) = delete;

    /// Once the wait has ended with it: the permit; empty where it has not come, or has been taken. Until it
    /// is taken, waiting for it again ends at once.
    [[nodiscard]] std::optional<Permit> take() noexcept { return std::exchange(permit_, std::nullopt); }

    /// What `wait_any` calls; see Waitable.
    ///@{
    [[nodiscard]] bool poll() noexcept;
    void enrol(Waiter& waiter, std::size_t index) noexcept;
    void withdraw() noexcept;
    ///@}

   private:
    friend class Semaphore;
    Semaphore& semaphore_;
    std::optional<Permit> permit_;
  };

 private:
  void give_back() noexcept;

  mutable std::mutex mutex_;  // guards all below
  std::size_t free_;          // 0 while anybody waits
  detail::WaitList waiting_;
};

}  // namespace desist
