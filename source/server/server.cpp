#include "desist/server.hpp"

#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "context/saturate.hpp"
#include "front/front.hpp"
#include "server/admin.hpp"
#include "server/check_options.hpp"
#include "server/gate.hpp"
#include "server/log.hpp"
#include "server/remains.hpp"
#include "server/service.hpp"
#include "server/stages.hpp"

// Ownership: everything stands in Impl, in the order in which it is needed; destruction runs the other way
// round, so the fronts go first, then the threads, then what they told their story to.
//
// Where work stays beyond a shutdown, Impl outlives its Server: work refers to its live request, its pool,
// its Store. What a stranger may have lent us, subscribers and the log's descriptor, is let go of before the
// destructor returns.

namespace desist {
namespace {

std::string text_of(const Endpoint& endpoint) {
  const bool six = endpoint.address.find(':') != std::string::npos;
  return (six ? "[" + endpoint.address + "]" : endpoint.address) + ":" + std::to_string(endpoint.port);
}

/// Makes something that listens, or says which address could not be had.
template <class Make>
void listen_on(const Endpoint& endpoint, Make&& make) {
  try {
    make();
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "cannot listen on " + text_of(endpoint));
  }
}

std::optional<server::Log> make_log(const ServerOptions& options) {
  if (options.log_format == ServerOptions::LogFormat::none) return std::nullopt;
  return std::optional<server::Log>(std::in_place, options.log_format,
                                    server::LogWriter::Options{.descriptor = options.log_descriptor});
}

}  // namespace

struct DESIST_HIDDEN Server::Impl {
  explicit Impl(ServerOptions given);

  void start();
  bool shutdown();
  bool stop_all();
  void note_stage(std::string_view stage);
  void note_stayed();
  void let_go();

  const ServerOptions options;
  Journal journal;
  server::Gate gate;  // for what strangers subscribed
  std::optional<server::Log> log;
  LiveTree live;
  Pool pool;
  server::Routes routes;
  server::Stages stages;
  bool started = false;
  std::optional<front::Front> front;
  std::optional<server::Admin> admin;

  std::mutex mutex;  // one start or shutdown at a time; guards `stopped`
  std::optional<bool> stopped;
};

Server::Impl::Impl(ServerOptions given)
    : options(std::move(given)),
      log(make_log(options)),
      live(journal, {.overdue_after = options.overdue_after}) {
  journal.subscribe([this](const Event& event) {
    if (event.kind == EventKind::closed) {
      if (log) log->finished(event);
    } else if (event.kind == EventKind::overdue && log) {
      log->overdue(event);
    }
  });
}

void Server::Impl::start() {
  const std::lock_guard lock(mutex);
  if (started) throw std::logic_error("this server has been started already");
  if (stopped) throw std::logic_error("this server has been shut down");
  try {
    listen_on(options.listen, [this] {
      front.emplace(
          front::Front::Options{
              .address = options.listen.address, .port = options.listen.port, .limits = options.limits},
          routes, live, pool);
    });
    if (options.admin) listen_on(*options.admin, [this] { admin.emplace(*options.admin, live); });
  } catch (...) {
    front.reset();
    throw;
  }
  started = true;
  if (admin) admin->start();
  front->start();
  if (!log) return;
  using Value = server::Note::Value;
  log->note("listening", {{"address", options.listen.address},
                          {"port", std::int64_t{front->port()}},
                          {"admin_address", admin ? Value(options.admin->address) : Value(nullptr)},
                          {"admin_port", admin ? Value(std::int64_t{admin->port()}) : Value(nullptr)}});
}

bool Server::Impl::shutdown() {
  const std::lock_guard lock(mutex);
  if (!stopped) stopped = !started || stop_all();
  return *stopped;
}

/// Drains, cancels, waits; see Server::shutdown. Answers under way are given the same times as work.
bool Server::Impl::stop_all() {
  if (admin) admin->drain();
  front->drain();
  note_stage("draining");
  const auto all_done = [this](Duration within, const std::stop_token& skip) {
    const TimePoint deadline = after(within);
    return live.wait_empty(deadline, skip) && front->wait_closed(deadline, skip);
  };
  if (!all_done(options.shutdown_grace, stages.draining())) {
    note_stage("cancelling");
    live.cancel_all(Reason::shutting_down);
    all_done(options.stop_timeout, stages.waiting());
  }
  if (live.in_flight() > 0) {
    note_stage("gave_up");
    note_stayed();
    return false;
  }
  note_stage("stopped");
  return true;
}

void Server::Impl::note_stage(std::string_view stage) {
  if (!log) return;
  log->note("shutting_down", {{"stage", std::string(stage)},
                              {"in_flight", static_cast<std::int64_t>(live.in_flight())},
                              {"connections", static_cast<std::int64_t>(front->connections())}});
}

void Server::Impl::note_stayed() {
  if (!log) return;
  const TimePoint now = Clock::now();
  for (const std::shared_ptr<LiveRequest>& request : live.requests()) {
    for (const WorkerView& worker : request->workers(0))
      log->note("stayed", server::fields_of(*request, worker, now));
  }
}

/// Ends everything that does not belong to the work that stayed.
void Server::Impl::let_go() {
  gate.shut();
  admin.reset();
  if (log) log->end();
}

Server::Server(ServerOptions options) {
  server::check_options(options);
  impl_ = std::make_unique<Impl>(std::move(options));
}

Server::~Server() {
  impl_->stages.skip_drain();
  if (impl_->shutdown()) return;
  impl_->let_go();
  std::shared_ptr<Impl> kept = std::move(impl_);
  LiveTree& live = kept->live;
  server::keep_until_ended(std::move(kept), [&live](std::stop_token exiting) {
    return live.wait_empty(TimePoint::max(), std::move(exiting));
  });
}

void Server::route(Route route) {
  if (impl_->started) throw std::logic_error("routes are added before the start");
  impl_->routes.add(std::move(route));
}

void Server::subscribe(Journal::Subscriber subscriber) {
  if (impl_->started) throw std::logic_error("subscribers are added before the start");
  if (!subscriber) throw std::invalid_argument("a subscriber without a function");
  impl_->journal.subscribe([&gate = impl_->gate, subscriber = std::move(subscriber)](const Event& event) {
    gate.pass([&] { subscriber(event); });
  });
}

void Server::start() {
  impl_->start();
}

std::uint16_t Server::port() const noexcept {
  return impl_->front ? impl_->front->port() : std::uint16_t{0};
}

std::uint16_t Server::admin_port() const noexcept {
  return impl_->admin ? impl_->admin->port() : std::uint16_t{0};
}

bool Server::shutdown() {
  return impl_->shutdown();
}

void Server::hurry() {
  impl_->stages.hurry();
}

}  // namespace desist
