#include "front/engine.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "front/connection.hpp"

namespace desist::front {
namespace {

/// Times so long that they mean never, made short enough to be added to any moment.
Front::Options on_the_clock(Front::Options options) {
  constexpr Duration century = std::chrono::years(100);
  Limits& limits = options.limits;
  for (Duration* time :
       {&limits.header_timeout, &limits.body_timeout, &limits.write_timeout, &limits.idle_timeout}) {
    *time = std::min(*time, century);
  }
  return options;
}

}  // namespace

Engine::Engine(Front::Options options, Service& service, LiveTree& live, Pool& pool)
    : options_(on_the_clock(std::move(options))),
      service_(service),
      live_(live),
      pool_(pool),
      acceptor_(options_.address, options_.port, options_.limits.write_timeout, poller_,
                {.is_full = [this] { return connections_.size() >= options_.limits.max_connections; },
                 .has_room = [this] { return has_room(); },
                 .make_room = [this] { (void)evictor_.close_oldest_idle(); },
                 .admit = [this](Descriptor descriptor,
                                 std::string client) { admit(std::move(descriptor), std::move(client)); }}),
      bridge_(acceptor_.descriptor()),
      crew_(pool_, poller_, options_.waiting_threads, [this](Poller::Event event) { serve(event); }) {}

// Threads of the crew go first. Others may still have a connection in hand, as timers do: they use this
// engine, too.
Engine::~Engine() {
  draining_ = true;
  acceptor_.stop();
  for (const auto& connection : connections_.all()) connection->close_now();
  crew_.stop();
  for (const auto& connection : connections_.all()) connection->close_now();
  objects_.wait_none();
}

void Engine::start() {
  acceptor_.start();
  crew_.start();
}

// What falls idle from now on closes itself; what was idle before is found here, since both look under the
// connection's lock.
void Engine::drain() {
  draining_ = true;
  acceptor_.stop();
  for (const auto& connection : connections_.all()) connection->close_if_idle();
}

void Engine::closed(std::uint64_t id) {
  connections_.erase(id);
  acceptor_.room();
}

void Engine::serve(Poller::Event event) {
  if (event.id == Poller::listener) {
    acceptor_.on_ready();
  } else if (const std::shared_ptr<Connection> connection = connections_.find(event.id)) {
    connection->on_events(event.events);
  }
}

bool Engine::has_room() {
  return connections_.size() < options_.limits.max_connections || evictor_.close_oldest_idle();
}

void Engine::admit(Descriptor descriptor, std::string client) {
  const std::uint64_t id = next_id_++;
  const int number = descriptor.get();
  auto connection = std::make_shared<Connection>(*this, id, Socket(std::move(descriptor)), std::move(client));
  connections_.insert(id, connection);
  connection->open();
  if (!poller_.add_connection(number, id)) connection->close_now();
  if (draining_) connection->close_if_idle();  // the one who drains may have looked before it was there
}

}  // namespace desist::front
