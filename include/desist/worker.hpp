#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <sys/types.h>

#include "desist/api.hpp"
#include "desist/error.hpp"
#include "desist/live_tree.hpp"
#include "desist/on_stop.hpp"

namespace desist {

namespace detail {
DESIST_API void checkpoint_here(const char* text) noexcept;
}

/// Names a piece of work, from here to the end of the scope, as a worker of `ctx`'s request: its start, when
/// it was told, when it stopped and how. A Source makes one at the top of `fetch`; TaskGroup and race make
/// them for their children. Outside a request it does nothing.
///
/// Where the thread's current worker is a plain `task` of the same name that nothing has described yet, that
/// task *becomes* this worker: one piece of work has one record, whoever started its thread.
///
/// It lives on one thread: the one that makes, uses and destroys it.
class DESIST_API [[nodiscard]] Worker {
 public:
  /// `name` and `kind` are copied (47 and 15 bytes; the rest is cut).
  Worker(const Context& ctx, std::string_view name, std::string_view kind);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Marks it stopped. Where no outcome was noted: `cancelled` if `ctx` has stopped, else `finished`.
  ~Worker();

  /// Notes the outcome: `finished` for a value; `cancelled` for that error; `failed` for any other. Passes it
  /// through.
  template <class R>
  R done(R result) {
    note(result.has_value()
             ? Outcome::finished
             : (result.error().code == ErrorCode::cancelled ? Outcome::cancelled : Outcome::failed));
    return result;
  }
  /// Notes the outcome by hand; the last note counts.
  void note(Outcome outcome) noexcept;
  /// Shows the process that does the work.
  void note_pid(pid_t pid) noexcept;

 private:
  friend void detail::checkpoint_here(const char* text) noexcept;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Says where the calling thread's worker is: "reading rows". Shown in the live tree; costs one store, so it
/// may stand in a loop. Takes string literals only, since it keeps the pointer. Does nothing on a thread
/// without a worker.
template <std::size_t N>
void checkpoint(const char (&text)[N]) noexcept {
  detail::checkpoint_here(text);
}

}  // namespace desist
