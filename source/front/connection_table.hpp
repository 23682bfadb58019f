#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "desist/clock.hpp"

namespace desist::front {

class Connection;

/// Who is connected, by the number that epoll knows. Sharded, and each lock is held for a look-up only; it
/// may be taken under a connection's lock.
class ConnectionTable {
 public:
  void insert(std::uint64_t id, std::shared_ptr<Connection> connection);
  void erase(std::uint64_t id);
  [[nodiscard]] std::shared_ptr<Connection> find(std::uint64_t id) const;
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const;

  [[nodiscard]] std::size_t size() const noexcept { return size_.load(); }
  /// Waits until it is empty; false where that takes longer than `deadline`, or `give_up` trips.
  [[nodiscard]] bool wait_empty(TimePoint deadline, std::stop_token give_up) const;

 private:
  struct alignas(64) Shard {
    mutable std::mutex mutex;  // guards connections
    std::unordered_map<std::uint64_t, std::shared_ptr<Connection>> connections;
  };
  static constexpr std::size_t shards = 64;

  [[nodiscard]] const Shard& shard_of(std::uint64_t id) const noexcept { return shards_[id % shards]; }

  std::array<Shard, shards> shards_;
  std::atomic<std::size_t> size_{0};
  mutable std::mutex empty_mutex_;  // guards nothing but the waiting for size_ to become 0
  mutable std::condition_variable_any empty_;
};

}  // namespace desist::front
