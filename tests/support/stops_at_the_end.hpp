#pragma once

#include <algorithm>
#include <chrono>
#include <random>

#include "desist/context.hpp"

namespace desist::test {

/// Stops work around the moment at which it ends, again and again: by a deadline that moves towards the time
/// at which half of the work finishes, however fast the machine is. It is for work of some hundred
/// microseconds: the timer, which wakes a thread, comes too late for less.
class StopsAtTheEnd {
 public:
  /// One round: `work(ctx)` says whether it finished.
  template <class Work>
  void round(Work&& work) {
    const double part = std::uniform_real_distribution(0.5, 1.5)(random_);
    // Never so short that it has passed before the work begins: that would be another test.
    const auto timeout = std::max(std::chrono::duration_cast<Duration>(usual_ * part), shortest);
    const Scope scope = Context().with_timeout(timeout);
    const bool done = work(static_cast<const Context&>(scope));
    usual_ *= done ? 0.97 : 1.03;
    ++(done ? finished : stopped);
  }

  int finished = 0;
  int stopped = 0;

 private:
  static constexpr Duration shortest = std::chrono::microseconds(20);

  std::mt19937 random_{1};  // NOLINT(cert-msc51-cpp): the same rounds every time
  std::chrono::duration<double, Duration::period> usual_{std::chrono::microseconds(500)};
};

}  // namespace desist::test
