#pragma once

/// The admin listener: what is in flight, a way to cancel it, and whether the server lives and takes
/// requests.
///
/// It has a front of its own, with its own threads, limits and live tree, so that it answers while the server
/// is full, and until after the shutdown. Its own requests are neither logged nor listed.

#include <atomic>
#include <cstdint>

#include "desist/live_tree.hpp"
#include "desist/pool.hpp"
#include "desist/server.hpp"

#include "front/front.hpp"
#include "server/router.hpp"

namespace desist::server {

/// Answers the admin's requests by reading the server's live tree.
class AdminService final : public front::Service {
 public:
  explicit AdminService(LiveTree& live);

  [[nodiscard]] std::variant<front::Answer, front::Work> plan(const front::Request& request) override;

  /// From now on /ready says 503.
  void drain() noexcept { draining_.store(true, std::memory_order_relaxed); }

 private:
  [[nodiscard]] front::Answer list() const;
  [[nodiscard]] front::Answer cancel(const std::string& id, const front::Request& request);

  LiveTree& live_;
  Router router_;
  std::atomic<bool> draining_{false};
};

/// The admin's service with all that it stands on.
class Admin {
 public:
  /// Listens. Throws std::system_error. `live` is the server's, and outlives this.
  Admin(const Endpoint& endpoint, LiveTree& live);

  void start() { front_.start(); }
  void drain() noexcept { service_.drain(); }
  [[nodiscard]] std::uint16_t port() const noexcept { return front_.port(); }

 private:
  Journal journal_;  // nobody listens
  LiveTree own_live_;
  Pool pool_;
  AdminService service_;
  front::Front front_;
};

}  // namespace desist::server
