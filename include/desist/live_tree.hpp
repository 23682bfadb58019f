#pragma once

/// @file
/// Who works for whom, right now. Every request in flight and every worker under it is listed here, with what
/// it was told, and when; `GET /requests`, the log line and the overdue report all read this one tree.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "desist/api.hpp"
#include "desist/context.hpp"
#include "desist/journal.hpp"
#include "desist/value.hpp"

namespace desist {

namespace detail {
class LiveCore;
}

/// How a worker ended.
enum class Outcome : std::uint8_t {
  running,   ///< it has not
  finished,  ///< with a result
  failed,    ///< with an error other than `cancelled`
  cancelled  ///< it gave up because its Context had stopped
};
/// The name as it stands in logs: "finished".
DESIST_API [[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;

/// One worker as a reader sees it: a copy.
struct DESIST_API WorkerView {
  std::uint64_t id = 0;                ///< unique within its request, from 1
  std::string name;                    ///< at most 47 bytes; longer ones are cut
  std::string kind;                    ///< "handler", "task", "waiter", or the source's type
  Outcome outcome = Outcome::running;  ///< how it ended, if it has
  pid_t pid = 0;                       ///< 0 where it has no process
  bool overdue = false;                ///< it was told, and had not stopped `overdue_after` later
  std::string_view checkpoint;         ///< the text of its last `checkpoint`; empty where none
  TimePoint started;                   ///< when it began,
  std::optional<TimePoint> told;       ///< when it was cancelled, if it was,
  std::optional<TimePoint> stopped;    ///< and when it returned, if it has
};

/// What a request is, for its readers. Fixed at its opening.
struct DESIST_API RequestInfo {
  std::string id;                    ///< as in X-Request-Id; clients choose ids, so two may share one
  std::string method;                ///< "GET"
  std::string path;                  ///< without query
  std::optional<std::string> route;  ///< the route's pattern; empty for what never reached a route
  TimePoint framed;                  ///< when the whole request had arrived
};

/// One request in flight. Shared between its connection, its workers and readers. Thread-safe.
class DESIST_API LiveRequest {
  struct Impl;

 public:
  explicit LiveRequest(std::unique_ptr<Impl> impl);  ///< LiveTree::open makes them
  LiveRequest(const LiveRequest&) = delete;
  LiveRequest& operator=(const LiveRequest&) = delete;
  ~LiveRequest();

  /// What it is.
  [[nodiscard]] const RequestInfo& info() const noexcept;
  [[nodiscard]] std::optional<Cause> cause() const;  ///< why it was cancelled, by a claim that won
  [[nodiscard]] std::optional<TimePoint> told() const noexcept;  ///< when that was
  [[nodiscard]] int status() const noexcept;                     ///< 0 until answered
  [[nodiscard]] std::string error() const;  ///< what went wrong first; empty where nothing did
  /// Its first `limit` workers (100 at the most are remembered after they have stopped), in the order of
  /// their start, and then the later ones that still run. Takes no lock that a worker waits for.
  [[nodiscard]] std::vector<WorkerView> workers(std::size_t limit = SIZE_MAX) const;
  [[nodiscard]] std::size_t workers_total() const noexcept;    ///< ever started, also those not remembered
  [[nodiscard]] std::size_t workers_running() const noexcept;  ///< started and not returned

  /// The request was cancelled: remembers the first cause, emits `told`.
  void mark_told(const Cause& cause);
  /// After `mark_told`: workers that stay are reported as overdue. Apart from it, since it may wake a thread,
  /// and whoever cancels wants the hooks of the work to run before that. Does nothing once closed.
  void watch_overdue();
  /// What went wrong, for the log; clients never see it. The first is kept: what comes later mostly follows
  /// from it.
  void note_error(std::string message);
  /// Who answers has been decided: emits `answered`. Once.
  void mark_answered(int status);
  /// Its last worker has returned: emits `closed` and leaves the tree. The owner calls it once, last.
  void close();

 private:
  friend class LiveTree;
  friend class Worker;
  friend class detail::LiveCore;
  std::unique_ptr<Impl> impl_;
};

namespace keys {
/// The request on whose behalf work is done; a Worker made below it is listed there. Absent in plain library
/// use.
DESIST_API extern const Key<std::shared_ptr<LiveRequest>> live_request;
}  // namespace keys

/// All requests in flight. Reading never blocks the workers: a reader holds a shard's lock only to copy
/// pointers, and workers write their own records without any lock.
class DESIST_API LiveTree {
 public:
  /// How long a tree waits before it complains.
  struct Options {
    Duration overdue_after = std::chrono::seconds(1);  ///< told and still there: reported; `max()`: never
  };

  /// The journal must outlive the tree, and the tree every request.
  LiveTree(const Journal& journal, Options options);
  LiveTree(const LiveTree&) = delete;
  LiveTree& operator=(const LiveTree&) = delete;
  ~LiveTree();

  /// Lists a request and emits `opened`. After `cancel_all` it is cancelled at once, with the same cause.
  [[nodiscard]] std::shared_ptr<LiveRequest> open(RequestInfo info, Canceller canceller);

  /// All that is in flight, oldest first.
  [[nodiscard]] std::vector<std::shared_ptr<LiveRequest>> requests() const;
  /// How many there are.
  [[nodiscard]] std::size_t in_flight() const noexcept;
  /// Waits until nothing is in flight; false where that takes longer than `deadline`, or `give_up` trips
  /// first.
  [[nodiscard]] bool wait_empty(TimePoint deadline, std::stop_token give_up = {}) const;

  /// Cancels the requests that bear this id (clients choose ids, so there may be several). Returns how many
  /// were found that had not stopped before.
  std::size_t cancel(std::string_view id, Reason reason, std::string detail = {});
  /// Cancels all, and whatever is opened later.
  void cancel_all(Reason reason, std::string detail = {});

 private:
  std::shared_ptr<detail::LiveCore> core_;
};

}  // namespace desist
