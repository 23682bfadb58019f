#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "desist/api.hpp"
#include "desist/clock.hpp"
#include "desist/error.hpp"
#include "desist/value.hpp"

namespace desist {

/// An elastic pool of std::jthreads. It never queues: a spawn gets a thread now, the idle one that finished
/// last or a new one, or the error `overloaded`. (A capped pool that queues deadlocks when tasks join their
/// children.)
///
/// The jthreads' own stop token means that the pool closes; jobs never see it, their first argument is their
/// Context.
class DESIST_API Pool {
 public:
  /// How many threads there may be.
  struct Options {
    std::size_t max_threads = 16384;              ///< running and idle together
    std::size_t max_idle = 32;                    ///< a thread that finishes beyond these ends at once
    Duration idle_for = std::chrono::seconds(5);  ///< an idle thread ends after that; `max()`: never
  };

  /// With the default options.
  Pool();
  /// Starts no thread yet.
  explicit Pool(Options options);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  /// Waits for every job that runs, then ends all threads.
  ~Pool();

  /// Runs `job` on a thread of its own, beginning now. Errors: `overloaded` at the cap or when the system
  /// gives no thread. A job must not throw (a throw ends the program). Thread-safe; jobs may spawn.
  [[nodiscard]] Result<void> spawn(std::function<void()> job);

  [[nodiscard]] std::size_t threads() const noexcept;  ///< running and idle
  [[nodiscard]] std::size_t running() const noexcept;  ///< with a job

  /// The pool of a process that has not chosen another.
  static Pool& shared();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

namespace keys {
/// Which pool the work below a Context takes its threads from; `Pool::shared()` where none is set.
DESIST_API extern const Key<Pool*> pool;
}  // namespace keys

/// The pool that `ctx` names.
DESIST_API [[nodiscard]] Pool& pool_of(const Context& ctx) noexcept;

}  // namespace desist
