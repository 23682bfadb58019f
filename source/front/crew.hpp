#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "desist/pool.hpp"

#include "front/head_count.hpp"
#include "front/poller.hpp"

namespace desist::front {

/// Leader/followers: the threads that wait on one poller. Who gets an event serves it, on the spot, however
/// long that takes; there is no hand-off and no queue between them.
///
/// One rule keeps the front alert: **whoever is about to block has seen another one waiting.** A thread that
/// takes an event leaves the waiting ones; before it runs anything that may block, it calls
/// `keep_one_waiting`, which starts another thread where none is left. The last one to leave the waiting
/// always sees that it was the last, so at every moment somebody waits, or is within code that does not block
/// and then comes back or sees to it.
class Crew {
 public:
  /// `serve` gets every event but the wake-up.
  Crew(Pool& pool, Poller& poller, std::size_t waiting, std::function<void(Poller::Event)> serve);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() { stop(); }

  void start();
  /// For good: wakes every thread, and waits until it has left. Nobody may be blocked in `serve` for good.
  void stop();
  /// False where nobody waits and the pool has no thread to give: then do not block.
  [[nodiscard]] bool keep_one_waiting();

 private:
  void follow();
  [[nodiscard]] bool take_place(std::size_t most) noexcept;
  [[nodiscard]] bool fill_place();

  Pool& pool_;
  Poller& poller_;
  const std::size_t target_;
  std::function<void(Poller::Event)> serve_;
  // Threads in `wait`, or on their straight way there. Grows by `take_place` only, so never beyond `target_`.
  std::atomic<std::size_t> waiting_{0};
  HeadCount threads_;
};

}  // namespace desist::front
