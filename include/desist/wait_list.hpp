#pragma once

#include <cstddef>

#include "desist/api.hpp"
#include "desist/wait_any.hpp"

namespace desist::detail {

class WaitList;

/// Where one waitable stands in the list of those that wait for the same thing. Guarded by that thing's lock.
class DESIST_API WaitPlace {
 private:
  friend class WaitList;
  friend void wake_all(WaitPlace* first) noexcept;
  Waiter* waiter_ = nullptr;
  std::size_t index_ = 0;
  WaitPlace* previous_ = nullptr;
  WaitPlace* next_ = nullptr;
  bool listed_ = false;
};

/// Those that wait for one thing, in the order in which they came. Owns nothing; guarded by that thing's
/// lock.
///
/// Whoever claims wakes after unlocking, and touches nothing else any more: a woken thread may end the place,
/// and even the thing itself.
class DESIST_API WaitList {
 public:
  void add(WaitPlace& place, Waiter& waiter, std::size_t index) noexcept;
  /// Does nothing where it is not listed.
  void remove(WaitPlace& place) noexcept;
  /// Takes the first whose wait has not ended otherwise, and claims it: the caller hands over, and wakes it.
  /// Null where there is none. Those whose wait has ended are dropped on the way.
  [[nodiscard]] WaitPlace* claim_first() noexcept;
  /// The same with all of them, chained.
  [[nodiscard]] WaitPlace* claim_all() noexcept;

 private:
  WaitPlace* first_ = nullptr;
  WaitPlace* last_ = nullptr;
};

/// Wakes a chain of claimed places.
DESIST_API void wake_all(WaitPlace* first) noexcept;

}  // namespace desist::detail
