#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

#include "desist/error.hpp"
#include "desist/wait_any.hpp"
#include "desist/wait_list.hpp"

namespace desist {

/// A bounded queue between threads, first in, first out, for items and for those who wait at either end. No
/// item is lost: a wait that reports something else has neither taken one nor left one behind. Thread-safe;
/// must outlive those who wait.
///
///     Queue<Row> rows(64);
///     rows.push(ctx, row);                    // waits while it is full
///     while (auto row = rows.pop(ctx)) {      // waits while it is empty
///       if (!*row) break;                     // closed, and drained
///       use(**row);
///     }
template <class T>
class Queue {
  static_assert(std::is_nothrow_move_constructible_v<T>, "an item must not get lost in a move that throws");

 public:
  /// At least 1. Room for that many items is taken now.
  explicit Queue(std::size_t capacity)
      : capacity_(capacity > 0 ? capacity : 1), items_(std::make_unique<std::optional<T>[]>(capacity_)) {}
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  /// Waits for room. Errors: `cancelled` where `ctx` stops first; `failed` where the queue is closed. The
  /// item is gone then; who wants it back uses Push.
  [[nodiscard]] Result<void> push(const Context& ctx, T item) {
    Push pushing(*this, std::move(item));
    if (Result<std::size_t> came = wait_any(ctx, pushing); !came) {
      return tl::unexpected<Error>(std::move(came).error());
    }
    return pushing.result();
  }

  /// Waits for an item; empty where the queue is closed and none is left; `cancelled` where `ctx` stops
  /// first.
  [[nodiscard]] Result<std::optional<T>> pop(const Context& ctx) {
    Pop popping(*this);
    if (Result<std::size_t> came = wait_any(ctx, popping); !came) {
      return tl::unexpected<Error>(std::move(came).error());
    }
    return popping.take();
  }

  /// Lets no more items in. Those inside are still to be popped; who waits at either end is woken.
  void close() noexcept;

  /// How many items are inside, at this moment.
  [[nodiscard]] std::size_t size() const noexcept {
    const std::lock_guard lock(mutex_);
    return size_;
  }

  class Push;
  class Pop;

 private:
  // Whoever waits at one end is handed what he waits for by who comes to the other end. So, but for places
  // whose wait has ended otherwise: where anybody waits to pop, the queue is open and empty; to push, open
  // and full.
  [[nodiscard]] bool can_push() const noexcept { return closed_ || size_ < capacity_; }
  [[nodiscard]] bool can_pop() const noexcept { return closed_ || size_ > 0; }
  [[nodiscard]] detail::WaitPlace* push_now(Push& push) noexcept;
  [[nodiscard]] detail::WaitPlace* pop_now(Pop& pop) noexcept;
  void put(T item) noexcept { items_[(first_ + size_++) % capacity_].emplace(std::move(item)); }

  const std::size_t capacity_;
  mutable std::mutex mutex_;                         // guards all below
  const std::unique_ptr<std::optional<T>[]> items_;  // a ring
  std::size_t first_ = 0;
  std::size_t size_ = 0;
  bool closed_ = false;
  detail::WaitList pushing_;
  detail::WaitList popping_;
};

/// For wait_any: one thread's wait for room for its item.
template <class T>
class Queue<T>::Push : private detail::WaitPlace {
 public:
  /// The queue must outlive it.
  Push(Queue& queue, T item) : queue_(queue), item_(std::move(item)) {}
  Push(const Push&) = delete;
  Push& operator=(const Push&) = delete;

  /// Once the wait has ended with it: whether the item is in, or `failed` where the queue is closed.
  [[nodiscard]] Result<void> result() const {
    if (!item_) return {};
    return failure(ErrorCode::failed, "the queue is closed");
  }
  /// The item, where it was not pushed.
  [[nodiscard]] std::optional<T> take_back() noexcept { return std::exchange(item_, std::nullopt); }

  /// What `wait_any` calls; see Waitable.
  ///@{
  [[nodiscard]] bool poll() noexcept;
  void enrol(Waiter& waiter, std::size_t index) noexcept;
  void withdraw() noexcept;
  ///@}

 private:
  friend class Queue;
  Queue& queue_;
  std::optional<T> item_;  // until it is pushed
};

/// For wait_any: one thread's wait for the next item. May be waited for again and again.
template <class T>
class Queue<T>::Pop : private detail::WaitPlace {
 public:
  /// The queue must outlive it.
  explicit Pop(Queue& queue) noexcept : queue_(queue) {}
  Pop(const Pop&) = delete;
  Pop& operator=(const Pop&) = delete;

  /// Once the wait has ended with it: the item, or nothing where the queue is closed and none is left. Until
  /// it is taken, waiting for it again ends at once.
  [[nodiscard]] std::optional<T> take() noexcept { return std::exchange(item_, std::nullopt); }

  /// What `wait_any` calls; see Waitable.
  ///@{
  [[nodiscard]] bool poll() noexcept;
  void enrol(Waiter& waiter, std::size_t index) noexcept;
  void withdraw() noexcept;
  ///@}

 private:
  friend class Queue;
  Queue& queue_;
  std::optional<T> item_;
};

// --- under the queue's lock; what they return is to be woken after it ---

template <class T>
detail::WaitPlace* Queue<T>::push_now(Push& push) noexcept {
  if (closed_) return nullptr;
  detail::WaitPlace* taker = popping_.claim_first();
  T item = *std::exchange(push.item_, std::nullopt);
  if (taker != nullptr) {
    static_cast<Pop*>(taker)->item_.emplace(std::move(item));
  } else {
    put(std::move(item));
  }
  return taker;
}

template <class T>
detail::WaitPlace* Queue<T>::pop_now(Pop& pop) noexcept {
  if (size_ == 0) return nullptr;
  pop.item_.emplace(std::move(*items_[first_]));
  items_[first_].reset();
  first_ = (first_ + 1) % capacity_;
  --size_;
  detail::WaitPlace* giver = pushing_.claim_first();
  if (giver != nullptr) put(*std::exchange(static_cast<Push*>(giver)->item_, std::nullopt));
  return giver;
}

template <class T>
void Queue<T>::close() noexcept {
  detail::WaitPlace* pushing = nullptr;
  detail::WaitPlace* popping = nullptr;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    pushing = pushing_.claim_all();
    popping = popping_.claim_all();
  }
  detail::wake_all(pushing);
  detail::wake_all(popping);
}

// --- the two ends ---

template <class T>
bool Queue<T>::Push::poll() noexcept {
  detail::WaitPlace* taker = nullptr;
  {
    const std::lock_guard lock(queue_.mutex_);
    if (!item_) return true;
    if (!queue_.can_push()) return false;
    taker = queue_.push_now(*this);
  }
  detail::wake_all(taker);
  return true;
}

template <class T>
void Queue<T>::Push::enrol(Waiter& waiter, std::size_t index) noexcept {
  detail::WaitPlace* taker = nullptr;
  {
    const std::lock_guard lock(queue_.mutex_);
    if (!queue_.can_push()) return queue_.pushing_.add(*this, waiter, index);
    if (!waiter.claim(index)) return;
    taker = queue_.push_now(*this);
  }
  detail::wake_all(taker);
  waiter.wake();
}

template <class T>
void Queue<T>::Push::withdraw() noexcept {
  const std::lock_guard lock(queue_.mutex_);
  queue_.pushing_.remove(*this);
}

template <class T>
bool Queue<T>::Pop::poll() noexcept {
  detail::WaitPlace* giver = nullptr;
  {
    const std::lock_guard lock(queue_.mutex_);
    if (item_) return true;
    if (!queue_.can_pop()) return false;
    giver = queue_.pop_now(*this);
  }
  detail::wake_all(giver);
  return true;
}

template <class T>
void Queue<T>::Pop::enrol(Waiter& waiter, std::size_t index) noexcept {
  detail::WaitPlace* giver = nullptr;
  {
    const std::lock_guard lock(queue_.mutex_);
    if (!queue_.can_pop()) return queue_.popping_.add(*this, waiter, index);
    if (!waiter.claim(index)) return;
    giver = queue_.pop_now(*this);
  }
  detail::wake_all(giver);
  waiter.wake();
}

template <class T>
void Queue<T>::Pop::withdraw() noexcept {
  const std::lock_guard lock(queue_.mutex_);
  queue_.popping_.remove(*this);
}

}  // namespace desist
