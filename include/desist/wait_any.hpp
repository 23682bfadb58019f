#pragma once

/// @file
/// Go's `select`: waits for whichever of several things comes first, or for the stop of a Context.
///
///     Queue<Row>::Pop row(rows);
///     Latch::Wait flushed(done);
///     Alarm nothing_for_long = Alarm::in(5s);
///     const Result<std::size_t> which = wait_any(ctx, row, flushed, nothing_for_long);
///     if (!which) return tl::unexpected(which.error());          // the Context stopped, and none had come
///     if (*which == 0) use(*row.take());

#include <atomic>
#include <concepts>
#include <cstddef>
#include <optional>

#include "desist/api.hpp"
#include "desist/clock.hpp"
#include "desist/error.hpp"
#include "desist/on_stop.hpp"
#include "desist/parker.hpp"

namespace desist {

/// One wait, as those see it that may end it. Exactly one of them does.
class DESIST_API Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /// Ends the wait with waitable number `index`. True for the first caller only, who now hands over what is
  /// waited for, if there is anything to hand over, and then calls `wake`. Whoever gets false must not hand
  /// over anything, and keeps away from the Waiter. Any thread; no lock of the Waiter is taken.
  [[nodiscard]] bool claim(std::size_t index) noexcept;

  /// Wakes the waiting thread. To be called once, by the one whose claim came first; the Waiter may be gone
  /// as soon as the call has begun to return.
  void wake() noexcept;

  /// Ends the wait by itself at `at`, with number `index`. For `enrol`, on the waiting thread.
  void wake_at(TimePoint at, std::size_t index) noexcept;

  /// Waits for the claim and the wake; gives the index.
  [[nodiscard]] std::size_t wait() noexcept;

 private:
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

  std::atomic<std::size_t> claimed_{nobody};
  TimePoint alarm_ = TimePoint::max();  // the waiting thread's
  std::size_t alarm_index_ = 0;

  detail::Parker parker_;  // unparked by the one whose claim came first
};

/// What `wait_any` can wait for: one thread's interest in something, such as the next item of a queue. To
/// make a kind of your own, give it these three. All are called by the waiting thread.
///
/// * `poll()`: takes what is waited for, if it is there now.
/// * `enrol(waiter, index)`: from now on, whoever brings it calls `waiter.claim(index)`, and where that is
///   true hands it over and calls `waiter.wake()`. It may be there already (it has come since the poll): then
///   the same is done here. So under one lock: look, and if it is not there, remember the waiter.
/// * `withdraw()`: forgets the waiter. When it returns, nobody is about to claim any more. Called for all
///   that did not end the wait; whoever did has been forgotten by the one who claimed.
template <class W>
concept Waitable = requires(W& waitable, Waiter& waiter, std::size_t index) {
  { waitable.poll() }
  noexcept->std::same_as<bool>;
  { waitable.enrol(waiter, index) }
  noexcept->std::same_as<void>;
  { waitable.withdraw() }
  noexcept->std::same_as<void>;
};

namespace detail {

/// The first that is there now, in the order given.
template <class... W>
[[nodiscard]] std::optional<std::size_t> poll_any(W&... waitables) noexcept {
  std::size_t index = 0;
  if ((... || (waitables.poll() || (++index, false)))) return index;
  return std::nullopt;
}

}  // namespace detail

/// Waits for the first of `waitables` and gives its index; `cancelled` where `ctx` stops first. Of several
/// that are there, the first in the order given is taken; what is there is taken even if `ctx` has stopped.
/// Nothing is ever taken from one that is not reported.
template <Waitable... W>
[[nodiscard]] Result<std::size_t> wait_any(const Context& ctx, W&... waitables) {
  static_assert(sizeof...(W) > 0);
  const bool over = ctx.stop_requested();  // read first: the poll then sees all that came before the stop
  if (const auto index = detail::poll_any(waitables...)) return *index;
  if (over) return cancelled(ctx);
  constexpr std::size_t stopped = sizeof...(W);
  Waiter waiter;
  {
    std::size_t index = 0;
    (waitables.enrol(waiter, index++), ...);
  }
  std::size_t came = 0;
  {
    const auto hook = on_stop(ctx, [&waiter]() noexcept {
      if (waiter.claim(stopped)) waiter.wake();
    });
    came = waiter.wait();
  }
  {
    std::size_t index = 0;
    ((index++ == came ? void() : waitables.withdraw()), ...);
  }
  if (came != stopped) return came;
  if (const auto index = detail::poll_any(waitables...)) return *index;  // it came as the stop did
  return cancelled(ctx);
}

}  // namespace desist
