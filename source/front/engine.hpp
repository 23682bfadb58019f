#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "desist/limits.hpp"
#include "desist/live_tree.hpp"
#include "desist/pool.hpp"

#include "front/acceptor.hpp"
#include "front/connection_table.hpp"
#include "front/crew.hpp"
#include "front/evictor.hpp"
#include "front/front.hpp"
#include "front/head_count.hpp"
#include "front/httplib_bridge.hpp"
#include "front/poller.hpp"

namespace desist::front {

/// A place among the requests in flight; given back at its end.
class Slot {
 public:
  Slot() noexcept = default;
  /// Takes one of `limit` places, if one is left.
  Slot(std::atomic<std::size_t>& taken, std::size_t limit) noexcept {
    if (taken.fetch_add(1) < limit) {
      taken_ = &taken;
    } else {
      taken.fetch_sub(1);
    }
  }
  Slot(Slot&& other) noexcept : taken_(std::exchange(other.taken_, nullptr)) {}
  Slot& operator=(Slot&& other) noexcept {
    std::swap(taken_, other.taken_);
    return *this;
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;
  ~Slot() { release(); }

  explicit operator bool() const noexcept { return taken_ != nullptr; }
  void release() noexcept {
    if (taken_ != nullptr) std::exchange(taken_, nullptr)->fetch_sub(1);
  }

 private:
  std::atomic<std::size_t>* taken_ = nullptr;
};

/// The parts of a front, wired together. Connections and exchanges find here what they need of the whole.
///
/// Lock order: a connection's lock, then a shard of the table, or a timer's; never two connections' at once.
/// Nothing is locked while the service, a handler, or a stop hook runs.
class Engine {
 public:
  Engine(Front::Options options, Service& service, LiveTree& live, Pool& pool);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();

  void start();
  void drain();

  [[nodiscard]] std::uint16_t port() const noexcept { return acceptor_.port(); }
  [[nodiscard]] const Limits& limits() const noexcept { return options_.limits; }
  [[nodiscard]] Service& service() noexcept { return service_; }
  [[nodiscard]] LiveTree& live() noexcept { return live_; }
  [[nodiscard]] Pool& pool() noexcept { return pool_; }
  [[nodiscard]] Poller& poller() noexcept { return poller_; }
  [[nodiscard]] Crew& crew() noexcept { return crew_; }
  [[nodiscard]] Bridge& bridge() noexcept { return bridge_; }
  [[nodiscard]] ConnectionTable& connections() noexcept { return connections_; }
  [[nodiscard]] HeadCount& objects() noexcept { return objects_; }
  [[nodiscard]] bool draining() const noexcept { return draining_; }
  [[nodiscard]] Slot admit_request() noexcept { return {in_flight_, options_.limits.max_in_flight}; }

  /// A connection has closed. Called under its lock.
  void closed(std::uint64_t id);
  /// A connection has nothing to do, and may be closed to make room. Called under its lock.
  void idle() noexcept { acceptor_.room(); }

 private:
  void serve(Poller::Event event);
  [[nodiscard]] bool has_room();
  void admit(Descriptor descriptor, std::string client);

  Front::Options options_;
  Service& service_;
  LiveTree& live_;
  Pool& pool_;
  std::atomic<bool> draining_{false};
  std::atomic<std::size_t> in_flight_{0};
  std::uint64_t next_id_ = Poller::first_connection;  // only the accepting thread has it
  HeadCount objects_;  // Connections, also those that have closed and are still in somebody's hands
  Poller poller_;
  ConnectionTable connections_;
  Evictor evictor_{connections_};
  Acceptor acceptor_;
  Bridge bridge_;
  Crew crew_;
};

}  // namespace desist::front
