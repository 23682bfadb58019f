#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

/// CLOCK_MONOTONIC in nanoseconds: the same clock in every process of a machine, so that whoever measures can
/// subtract the time of its own close() from it.
inline std::int64_t now_ns() noexcept {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// One stop, as the one who waited for it saw it.
struct Stop {
  std::int64_t told = 0;   ///< when its hook ran
  std::int64_t awake = 0;  ///< when the waiting thread ran again
};

/// The stops of all requests, until somebody asks for them. Each note is made before its request waits, and
/// handed in when the times have been taken, by one compare-and-swap: a thousand requests that stop at once
/// stand in no queue here.
class Notes {
 public:
  struct Note {
    std::string id;
    Stop stop;
    Note* next = nullptr;  // owned by the list, once the note is in it
  };

  Notes() = default;
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;
  ~Notes() { (void)take(); }

  void hand_in(std::unique_ptr<Note> note) noexcept {
    note->next = newest_.load(std::memory_order_relaxed);
    while (!newest_.compare_exchange_weak(note->next, note.get(), std::memory_order_release,
                                          std::memory_order_relaxed)) {
    }
    (void)note.release();  // the list's from here on
  }

  /// All that have been handed in, oldest first, a line `id told awake` each; and forgets them.
  [[nodiscard]] std::string take() {
    Note* oldest = nullptr;
    for (Note* note = newest_.exchange(nullptr, std::memory_order_acquire); note != nullptr;) {
      oldest = std::exchange(note, std::exchange(note->next, oldest));
    }
    std::string lines;
    while (oldest != nullptr) {
      const std::unique_ptr<Note> note(std::exchange(oldest, oldest->next));
      lines +=
          note->id + ' ' + std::to_string(note->stop.told) + ' ' + std::to_string(note->stop.awake) + '\n';
    }
    return lines;
  }

 private:
  std::atomic<Note*> newest_{nullptr};
};
