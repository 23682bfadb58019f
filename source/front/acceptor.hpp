#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "context/timer.hpp"
#include "front/listener.hpp"
#include "front/poller.hpp"

namespace desist::front {

/// Takes in whoever comes, one thread at a time: the listener is registered for one event, and the thread
/// that gets it either re-arms it when it is done, or leaves it to the one that ends a pause.
///
/// Two things pause it: no room (a connection that closes or falls idle ends that, by `room`), and a system
/// that is out of descriptors or memory (a timer ends that: 10 ms, doubling to a second). Nothing else ends
/// accepting but `stop`.
class Acceptor {
 public:
  struct Host {
    std::function<bool()> is_full;
    /// Room for one more? May make it, so it is asked only where somebody waits to come in.
    std::function<bool()> has_room;
    /// Closes an idle connection, where there is one: its descriptor is wanted.
    std::function<void()> make_room;
    /// Takes the connection over.
    std::function<void(Descriptor, std::string client)> admit;
  };

  Acceptor(const std::string& address, std::uint16_t port, Duration patience, Poller& poller, Host host);

  void start();
  /// For good. A thread that is just accepting may still take in a few.
  void stop() noexcept;

  /// The listener has an event. On the thread that got it.
  void on_ready();
  /// There may be room again: goes on where it was paused for that. Cheap, from any thread, under any lock.
  void room() noexcept;

  [[nodiscard]] std::uint16_t port() const noexcept { return listener_.port(); }
  [[nodiscard]] int descriptor() const noexcept { return listener_.descriptor(); }

 private:
  [[nodiscard]] bool pause_for_room();
  void back_off();
  void wake() noexcept;
  void rearm() noexcept;

  Listener listener_;
  Poller& poller_;
  Host host_;
  std::atomic<bool> stopped_{false};
  // While it sleeps the listener is not armed. Whoever turns `asleep_` back arms it, and nobody else does: so
  // one thread at a time accepts.
  std::atomic<bool> asleep_{false};
  std::atomic<bool> wants_room_{false};  // what it sleeps for, else for means
  Duration pause_{};                     // of the last back-off; only the accepting thread has it
  Timer retry_;
};

}  // namespace desist::front
