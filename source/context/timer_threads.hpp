#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>

#include "desist/clock.hpp"

#include "context/wheel.hpp"

namespace desist::detail {

/// The process's one wheel and the threads that serve it; see the .cpp for how they take turns.
class TimerThreads {
 public:
  /// Made at its first use and never destroyed, so that what ends during static destruction can still
  /// disarm.
  [[nodiscard]] static TimerThreads& instance();

  TimerThreads(const TimerThreads&) = delete;
  TimerThreads& operator=(const TimerThreads&) = delete;

  /// Arms `entry`, replacing an earlier arming. May be called under a tree's lock. Where it returns true,
  /// call `start` once no lock is held.
  [[nodiscard]] bool arm(TimerEntry& entry, TimePoint at) noexcept;
  /// After it, `entry` is neither on the wheel nor going to be pinned. False where it was not armed.
  bool disarm(TimerEntry& entry) noexcept;
  /// Makes sure that a thread is there. Throws std::system_error where none can be had.
  void start();

  [[nodiscard]] std::size_t armed();

 private:
  using Lock = std::unique_lock<std::mutex>;
  using Threads = std::list<std::thread>;

  TimerThreads() = default;
  ~TimerThreads() = default;
  static Wheel::Tick tick_of(TimePoint at) noexcept;

  void spawn(Lock& lock);
  bool add_thread(Lock& lock) noexcept;
  void serve(Threads::iterator self) noexcept;
  enum class Found { due, idle };
  Found lead(Lock& lock);
  void sleep_until(Lock& lock, Wheel::Tick tick);
  void hand_over(Lock& lock) noexcept;
  void fire_due(Lock& lock);
  void join_all();
  struct Joiner;

  std::mutex mutex_;  // guards all below
  Wheel wheel_;
  std::condition_variable leader_wakes_;
  std::condition_variable spare_wakes_;
  std::condition_variable all_ended_;
  Threads threads_;  // those that run
  Threads ended_;    // those that are about to return, or have: to be joined
  bool leading_ = false;
  std::size_t spares_ = 0;
  std::size_t firing_ = 0;        // threads that are in fire_due and not known to be blocked
  std::uint64_t round_ = 0;       // grows when the threads that fire are written off as blocked
  std::uint64_t fired_ = 0;       // how many entries were taken so far
  Wheel::Tick sleeps_until_ = 0;  // the leader's; 0 while it is awake
  bool sleeps_long_ = false;      // it sleeps for longer than it would if nothing were armed
  bool closing_ = false;
};

}  // namespace desist::detail
