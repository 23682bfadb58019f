#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "desist/pool.hpp"

#include "front/head_count.hpp"
#include "front/poller.hpp"
#include "front/watchman.hpp"

namespace desist::front {

/// Leader/followers: the threads that wait on one poller. Who gets an event serves it, on the spot, however
/// long that takes; there is no hand-off and no queue between them.
///
/// One rule keeps the front alert: **whoever is about to block has seen another one waiting, or is watched.**
/// A thread that takes an event leaves the waiting ones; before it runs anything that may block, it calls
/// `keep_one_waiting`, which starts another thread where none is left, or, for what hardly ever blocks, makes
/// a Guard, which does so only after a millisecond. The last one to leave the waiting always sees that it was
/// the last, so at every moment somebody waits, or is within code that does not block and then comes back or
/// sees to it.
///
/// One waits, and up to `most_waiting` where it was missed a short time ago. Not always as many: the kernel
/// takes a FIN, or a RST, for two events, and wakes a thread for each; the second finds nothing, and its
/// wake-up holds up the first.
class Crew {
 public:
  /// `serve` gets every event but the wake-up. Throws std::system_error where the system has no timer for it.
  Crew(Pool& pool, Poller& poller, std::size_t most_waiting, std::function<void(Poller::Event)> serve);
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew() { stop(); }

  /// Throws std::system_error where no thread can be had.
  void start();
  /// For good: wakes every thread, and waits until it has left. Nobody may be blocked in `serve` for good.
  void stop();
  /// False where nobody waits and the pool has no thread to give: then do not block.
  [[nodiscard]] bool keep_one_waiting();

  /// Around what may block, but hardly ever does.
  class Guard {
   public:
    explicit Guard(Crew& crew) : watchman_(crew.waiting_ == 0 ? &crew.watchman_ : nullptr) {
      if (watchman_ != nullptr) watchman_->begin();
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() {
      if (watchman_ != nullptr) watchman_->end();
    }

   private:
    Watchman* const watchman_;
  };

 private:
  void follow();
  [[nodiscard]] bool take_place(std::size_t most) noexcept;
  [[nodiscard]] bool fill_place();
  [[nodiscard]] bool leave_to_others() noexcept;
  [[nodiscard]] std::size_t wanted() const noexcept;

  Pool& pool_;
  Poller& poller_;
  const std::size_t most_waiting_;
  std::function<void(Poller::Event)> serve_;
  // Threads in `wait`, or on their straight way there. Grows by `take_place` only, so never beyond
  // `most_waiting_`.
  std::atomic<std::size_t> waiting_{0};
  std::atomic<Duration::rep> missed_{0};  // when last somebody had to be put where nobody waited
  HeadCount threads_;
  Watchman watchman_;
};

}  // namespace desist::front
