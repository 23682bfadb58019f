#pragma once

/// What requests mean to this server: the routes, their parameters, and the Stores behind them.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "desist/server.hpp"

#include "front/front.hpp"
#include "server/params.hpp"
#include "server/router.hpp"

namespace desist::server {

/// The answer for a request whose path or method no route takes; 204 for OPTIONS. Shared with the admin
/// listener.
[[nodiscard]] front::Answer answer(const Router::NotFound& outcome, const front::Request& request);
[[nodiscard]] front::Answer answer(const Router::NotAllowed& outcome, const front::Request& request);
[[nodiscard]] front::Answer answer(const Router::Malformed& outcome, const front::Request& request);

/// Fixed before the first request, and from then on read by many threads without a lock.
class Routes final : public front::Service {
 public:
  /// See Server::route.
  void add(Route route);

  [[nodiscard]] std::variant<front::Answer, front::Work> plan(const front::Request& request) override;

 private:
  /// A route with its parameters compiled.
  struct Planned {
    Route route;
    Params params;
  };

  [[nodiscard]] std::variant<front::Answer, front::Work> plan(const front::Request& request,
                                                              Router::Found found);

  Router router_;
  std::vector<std::unique_ptr<const Planned>> routes_;  // a route's target is its index here
};

}  // namespace desist::server
