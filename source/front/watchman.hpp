#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>

#include "front/descriptor.hpp"

namespace desist::front {

/// Sees to it that what may block is relieved, but only where it does: that costs two short system calls
/// where it does not, against the wake-up of another thread just in case.
///
/// All functions but start and stop may be called from any thread.
class Watchman {
 public:
  /// `relieve` is called on a thread of the watchman's, a millisecond after the last `begin`, if not all that
  /// began has ended by then; again after another one where it returns false. Throws std::system_error where
  /// no timer can be had.
  explicit Watchman(std::function<bool()> relieve);
  Watchman(const Watchman&) = delete;
  Watchman& operator=(const Watchman&) = delete;
  ~Watchman() { stop(); }

  /// Throws std::system_error where no thread can be had.
  void start();
  /// For good. Does not wait for what has begun.
  void stop() noexcept;

  void begin() noexcept;
  void end() noexcept;

 private:
  enum class Alarm { none, soon, now };
  void set(Alarm alarm) noexcept;
  void watch();

  const std::function<bool()> relieve_;
  Descriptor timer_;

  std::mutex mutex_;           // guards what follows, and the setting of the timer
  std::size_t under_way_ = 0;  // begun and not ended
  bool stopped_ = false;

  std::jthread thread_;
};

}  // namespace desist::front
