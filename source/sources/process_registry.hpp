#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include <sys/types.h>

namespace desist::process {

class Group;

/// Every process group that this process runs. Thread-safe. Lock order: the registry's, then a group's.
class Registry {
 public:
  static Registry& get() noexcept;

  /// Announces that a leader is about to be started, until `add` or its end: a child of this thread that
  /// nobody knows yet may be that leader.
  class Starting {
   public:
    explicit Starting(Registry& registry) noexcept;
    Starting(const Starting&) = delete;
    Starting& operator=(const Starting&) = delete;
    ~Starting();
    /// The leader is there. Where `kill_all` came in between, the group is killed.
    void add(Group& group) noexcept;

   private:
    Registry& registry_;
    std::uint64_t kills_ = 0;  // how many kill_all there had been when this began
    const bool on_main_thread_;
    bool added_ = false;
  };

  /// The leader has been reaped. Of a group that was added.
  void remove(Group& group) noexcept;

  void kill_all() noexcept;

  /// Whether this child of the main thread may be the leader of a group, known or just being started.
  [[nodiscard]] bool may_lead(pid_t pid) const noexcept;
  /// Whether it is the leader of a known group.
  [[nodiscard]] bool leads(pid_t pid) const noexcept;

 private:
  Registry() = default;
  [[nodiscard]] const Group* find(pid_t pid) const noexcept;

  mutable std::mutex mutex_;  // guards all below, and the links inside the groups
  Group* first_ = nullptr;
  std::size_t starting_ = 0;  // on the main thread: other threads' children are never taken for orphans
  std::uint64_t kills_ = 0;
};

}  // namespace desist::process
