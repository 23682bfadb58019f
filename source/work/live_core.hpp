#pragma once

/// What LiveTree, LiveRequest and Worker share.
///
/// Ownership: the tree lists its requests; each holds the core, not the tree, so that a request which is just
/// being closed needs nothing that its watcher may destroy at that moment.
///
/// Overdue reports: one Timer a request, made when its first worker is told, or when the request is watched.
/// It is armed at the earliest time at which any worker becomes overdue; its function marks and reports those
/// that are, and arms it for the next.
///   - A worker is overdue at `told + overdue_after`; one that was not told itself (under a shield) counts
///   from when
///     its request was told, or from its start where that is later.
///   - Who tells a worker first marks its record, then takes `mutex` and looks at `armed_at`; the timer's
///   function first
///     resets `armed_at` under `mutex`, then reads the records. So one of them sees the other's mark.
///   - `close` destroys the timer, and so waits for a report under way: no event follows `closed`.
///
/// Locks: LiveRequest::Impl::mutex and the shards' mutexes are never held together, nor while a subscriber
/// runs. Under the first one the timer is armed; the timer's function takes it with no lock of the timer
/// held.

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "desist/live_tree.hpp"

#include "context/timer.hpp"
#include "work/worker_table.hpp"

namespace desist {

namespace detail {

class LiveCore {
 public:
  LiveCore(const Journal& j, LiveTree::Options o) : journal(j), options(o) {}

  void add(const std::shared_ptr<LiveRequest>& request);
  void remove(LiveRequest& request) noexcept;
  void clear() noexcept;

  [[nodiscard]] std::vector<std::shared_ptr<LiveRequest>> requests() const;
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_.load(std::memory_order_acquire); }
  [[nodiscard]] bool wait_empty(TimePoint deadline, std::stop_token give_up) const;

  /// Sets what every request that is opened later is cancelled with. The first one stays.
  void seal(const Cause& cause);
  [[nodiscard]] std::optional<Cause> sealed() const;

  const Journal& journal;
  const LiveTree::Options options;

 private:
  struct Shard {
    mutable std::mutex mutex;  // guards `requests`, and each one's `index`
    std::vector<std::shared_ptr<LiveRequest>> requests;
  };
  std::array<Shard, 16> shards_;
  std::atomic<std::uint64_t> opened_{0};
  std::atomic<std::size_t> in_flight_{0};

  mutable std::mutex mutex_;  // guards `cause_`; held where `in_flight_` becomes 0
  mutable std::condition_variable_any empty_;
  std::optional<Cause> cause_;
  std::atomic<bool> sealed_{false};
};

}  // namespace detail

struct DESIST_HIDDEN LiveRequest::Impl {
  Impl(std::shared_ptr<detail::LiveCore> c, RequestInfo i, Canceller k)
      : core(std::move(c)), info(std::move(i)), canceller(std::move(k)) {}

  void emit(LiveRequest& self, EventKind kind, TimePoint at,
            std::optional<Cause> why = std::nullopt) const noexcept;
  void emit_worker(LiveRequest& self, EventKind kind, TimePoint at, const detail::Identity& worker,
                   std::optional<Cause> why = std::nullopt) const noexcept;

  /// Sees to it that a worker told, or started under a told request, at `since` is reported once it is
  /// overdue.
  void expect_overdue(LiveRequest& self, TimePoint since);
  [[nodiscard]] bool is_told() const noexcept { return told.load(std::memory_order_acquire) != 0; }

  const std::shared_ptr<detail::LiveCore> core;
  const RequestInfo info;
  const Canceller canceller;
  std::uint64_t sequence = 0;  // in the order of opening; set before it is listed
  std::size_t index = 0;       // in its shard; guarded by the shard's mutex

  detail::WorkerTable workers;
  std::atomic<std::size_t> running{0};
  std::atomic<int> status{0};
  std::atomic<TimePoint::rep> told{0};

  mutable std::mutex mutex;  // guards all below, and the arming of the timer
  std::optional<Cause> cause;
  std::string error;
  std::unique_ptr<Timer> overdue;
  TimePoint armed_at = TimePoint::max();
  bool closed = false;

 private:
  void report_overdue(LiveRequest& self) noexcept;
  [[nodiscard]] std::optional<TimePoint> overdue_at(const detail::WorkerRecord::Seen& worker) const noexcept;
  [[nodiscard]] Cause cause_of(const detail::WorkerRecord::Seen& worker) const;
  void arm(TimePoint at) noexcept;
};

}  // namespace desist
