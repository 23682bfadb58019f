#pragma once

#include <atomic>

#include <semaphore.h>

#include "desist/api.hpp"
#include "desist/clock.hpp"

namespace desist::detail {

/// One thread's place to sleep until another wakes it. A condition variable would do, but whoever comes back
/// from one takes its mutex as a contended one, and makes a system call to release it (glibc); this makes one
/// for each side.
class DESIST_API Parker {
 public:
  Parker() noexcept;
  Parker(const Parker&) = delete;
  Parker& operator=(const Parker&) = delete;
  ~Parker();

  /// Ends one `park`, the current one or the next; what the caller did before is seen after it. Not again
  /// before that has returned. The Parker may be gone as soon as the call has begun to return.
  void unpark() noexcept;

  /// Sleeps until `unpark`. One thread at a time.
  void park() noexcept;
  /// The same, but not beyond `at`: false where that came first.
  [[nodiscard]] bool park_until(TimePoint at) noexcept;

 private:
  bool woke() noexcept;

  sem_t wakes_;
  // Says nothing that the semaphore does not; ThreadSanitizer does not know sem_clockwait.
  std::atomic<bool> unparked_{false};
};

}  // namespace desist::detail
