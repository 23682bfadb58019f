#include "front/connection_table.hpp"

#include <utility>

namespace desist::front {

void ConnectionTable::insert(std::uint64_t id, std::shared_ptr<Connection> connection) {
  Shard& shard = shards_[id % shards];
  const std::lock_guard lock(shard.mutex);
  shard.connections.emplace(id, std::move(connection));
  ++size_;
}

void ConnectionTable::erase(std::uint64_t id) {
  std::shared_ptr<Connection> last;  // let go of with no lock held
  {
    Shard& shard = shards_[id % shards];
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.connections.find(id);
    if (found == shard.connections.end()) return;
    last = std::move(found->second);
    shard.connections.erase(found);
  }
  if (--size_ == 0) {
    const std::lock_guard lock(empty_mutex_);
    empty_.notify_all();
  }
}

std::shared_ptr<Connection> ConnectionTable::find(std::uint64_t id) const {
  const Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.connections.find(id);
  return found == shard.connections.end() ? nullptr : found->second;
}

std::vector<std::shared_ptr<Connection>> ConnectionTable::all() const {
  std::vector<std::shared_ptr<Connection>> connections;
  connections.reserve(size());
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    for (const auto& [id, connection] : shard.connections) connections.push_back(connection);
  }
  return connections;
}

bool ConnectionTable::wait_empty(TimePoint deadline, std::stop_token give_up) const {
  std::unique_lock lock(empty_mutex_);
  return empty_.wait_until(lock, std::move(give_up), deadline, [this] { return size() == 0; });
}

}  // namespace desist::front
