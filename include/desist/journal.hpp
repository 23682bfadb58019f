#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desist/api.hpp"
#include "desist/cause.hpp"
#include "desist/clock.hpp"

namespace desist {

class LiveRequest;

/// What can happen to a request and its workers, in the order in which it does.
enum class EventKind : std::uint8_t {
  opened,    ///< a request is in flight (worker empty)
  spawned,   ///< a worker started
  told,      ///< a request (worker empty) or a worker was cancelled
  answered,  ///< who answers has been decided, and the answer was handed to the connection (worker empty)
  stopped,   ///< a worker returned
  overdue,   ///< a worker was told and has not stopped, long after; once for each
  closed,    ///< the last worker has returned; the request is no longer in flight (worker empty)
};

/// The name: "told".
DESIST_API [[nodiscard]] std::string_view to_string(EventKind kind) noexcept;

/// One thing that happened. References are valid during the call only.
struct DESIST_API Event {
  EventKind kind;                ///< what happened,
  TimePoint at;                  ///< when,
  const LiveRequest& request;    ///< and to which request
  std::string_view worker;       ///< name; empty where the event is the request's
  std::string_view worker_kind;  ///< "handler", "task", "command", ...
  std::uint64_t worker_id = 0;   ///< unique within its request, from 1
  std::optional<Cause> cause;    ///< of `told` and `overdue`
  int status = 0;                ///< of `answered` and `closed`
};

/// The typed stream of what happens. Log, metrics and scenarios subscribe; nobody reports by hand a second
/// time.
///
/// Subscribe before the first event: the list is fixed from then on, so that emitting takes no lock. A
/// subscriber runs on the thread where the thing happened, perhaps inside a stop hook, and several at once:
/// be short, never block, do not throw.
class DESIST_API Journal {
 public:
  /// Called with each Event; see above for its thread, and what it may do.
  using Subscriber = std::function<void(const Event&)>;
  /// Adds one, to hear everything from now on. Not thread-safe, and only before the first event. Throws
  /// std::invalid_argument for an empty function.
  void subscribe(Subscriber subscriber);
  /// Calls every subscriber, in the order of their subscription, on this thread. A throw ends the program.
  void emit(const Event& event) const noexcept;

 private:
  std::vector<Subscriber> subscribers_;
};

}  // namespace desist
