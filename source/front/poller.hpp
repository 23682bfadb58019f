#pragma once

#include <cstdint>

#include "front/descriptor.hpp"

namespace desist::front {

/// One epoll set that any number of threads wait on. What is registered is known by a number that is never
/// used twice: an event that comes late finds nobody, where a pointer or a descriptor would find somebody
/// else.
class Poller {
 public:
  static constexpr std::uint64_t listener = 0;
  static constexpr std::uint64_t wake = 1;
  static constexpr std::uint64_t first_connection = 2;

  struct Event {
    std::uint64_t id;
    std::uint32_t events;  ///< EPOLLIN and its like
  };

  Poller();

  /// A connection: edge-triggered, once for its whole life; closing the descriptor ends it. False where the
  /// system has no room for it.
  [[nodiscard]] bool add_connection(int descriptor, std::uint64_t id) noexcept;
  /// From now on also when it can be written. If it can already, an event comes at once.
  void watch_room(int descriptor, std::uint64_t id) noexcept;

  /// The listener: one event, for one thread, until `rearm_listener`.
  void add_listener(int descriptor);
  void rearm_listener(int descriptor) noexcept;
  void remove(int descriptor) noexcept;

  /// Waits for one event.
  [[nodiscard]] Event wait() noexcept;
  /// Every wait, now and from now on, returns `wake`.
  void wake_all() noexcept;

 private:
  Descriptor epoll_;
  Descriptor wake_;
};

}  // namespace desist::front
