#pragma once

/// Lines on their way to a descriptor. A writer thread of its own, behind a bounded buffer: whoever has a
/// line to say leaves it and goes on, even where nobody reads the other end. Beyond the bound, lines are
/// dropped and counted, and the log says how many as soon as it can.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "desist/clock.hpp"

namespace desist::server {

class LogWriter {
 public:
  struct Options {
    int descriptor = 2;                                ///< stays open; the caller's
    std::size_t capacity = 4 * 1024 * 1024;            ///< bytes that wait; beyond, lines are dropped
    Duration flush_timeout = std::chrono::seconds(2);  ///< at the end, for what still waits
    /// Appends the line that tells how many were dropped.
    std::function<void(std::string& out, std::size_t lines)> say_dropped{};
  };

  explicit LogWriter(Options options);
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  ~LogWriter() { end(); }

  /// Writes what waits, for `flush_timeout` at the most, and joins its thread. Lines that come later are let
  /// go of. Once, or once more by the destructor.
  void end();

  /// Takes one line with its newline, or drops it. Never blocks on the descriptor; thread-safe.
  void write(std::string_view line) noexcept;
  /// Counts a line that could not even be made.
  void drop() noexcept;

 private:
  void run();
  void put(std::string_view batch);
  [[nodiscard]] bool wait_writable();

  const Options options_;
  int end_event_;  // readable once the end has begun, so that a wait on a blocked descriptor ends too

  std::mutex mutex_;               // guards the five below
  std::condition_variable wakes_;  // the writer
  std::string pending_;
  std::size_t dropped_ = 0;
  bool ending_ = false;
  bool asleep_ = false;  // the writer waits for a first line
  TimePoint flush_deadline_{};

  std::jthread thread_;  // last: runs on all of the above
};

}  // namespace desist::server
