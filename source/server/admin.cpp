#include "server/admin.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "server/service.hpp"

namespace desist::server {
namespace {

using Json = nlohmann::ordered_json;

enum Target : std::size_t { requests, one_request, health, ready };

// A request may have a hundred thousand workers; a person wants to see the first ones, and those that still
// run.
constexpr std::size_t workers_listed = 100;

double ms(Duration duration) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return static_cast<double>(micros) / 1000;
}

Json json_of(const WorkerView& worker, TimePoint now) {
  Json json;
  json["name"] = worker.name;
  json["kind"] = worker.kind;
  if (worker.pid != 0) json["pid"] = worker.pid;
  json["age_ms"] = ms(worker.stopped.value_or(now) - worker.started);
  if (worker.outcome != Outcome::running) {
    json["state"] = to_string(worker.outcome);
  } else {
    json["state"] = worker.told ? "stopping" : "running";
  }
  json["overdue"] = worker.overdue;
  json["checkpoint"] = worker.checkpoint.empty() ? Json() : Json(worker.checkpoint);
  return json;
}

Json json_of(const LiveRequest& request, TimePoint now) {
  const std::optional<Cause> cause = request.cause();
  Json json;
  json["id"] = request.info().id;
  json["route"] = request.info().route ? Json(*request.info().route) : Json();
  json["age_ms"] = ms(now - request.info().framed);
  json["state"] = cause ? "stopping" : "running";
  json["cause"] = cause ? Json(to_string(cause->reason)) : Json();
  json["workers"] = Json::array();
  for (const WorkerView& worker : request.workers(workers_listed))
    json["workers"].push_back(json_of(worker, now));
  json["workers_total"] = request.workers_total();
  return json;
}

bool in_flight(const LiveTree& live, std::string_view id) {
  const std::vector<std::shared_ptr<LiveRequest>> all = live.requests();
  return std::any_of(all.begin(), all.end(), [id](const auto& request) { return request->info().id == id; });
}

front::Answer json_answer(int status, const Json& json) {
  front::Answer answer;
  answer.status = status;
  answer.content_type = "application/json";
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.body = json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  return answer;
}

Pool::Options pool_options() {
  // Two threads wait from the start, whatever else happens; more where those are busy with long lists.
  return {.max_threads = 32, .max_idle = 4, .idle_for = std::chrono::hours(24)};
}

front::Front::Options front_options(const Endpoint& endpoint) {
  Limits limits;
  limits.max_in_flight = 16;
  limits.max_connections = 64;
  limits.max_body = 1024;
  limits.header_timeout = std::chrono::seconds(2);  // few places: who holds one says what for
  return {.address = endpoint.address, .port = endpoint.port, .limits = limits, .waiting_threads = 2};
}

}  // namespace

AdminService::AdminService(LiveTree& live) : live_(live) {
  router_.add("/requests", {"GET"}, requests);
  router_.add("/requests/{id}", {"DELETE"}, one_request);
  router_.add("/health", {"GET"}, health);
  router_.add("/ready", {"GET"}, ready);
}

std::variant<front::Answer, front::Work> AdminService::plan(const front::Request& request) {
  auto outcome = router_.find(request.method, request.path);
  if (const auto* refused = std::get_if<Router::NotAllowed>(&outcome)) return answer(*refused, request);
  if (const auto* malformed = std::get_if<Router::Malformed>(&outcome)) return answer(*malformed, request);
  auto* found = std::get_if<Router::Found>(&outcome);
  if (found == nullptr) return answer(Router::NotFound{}, request);

  const bool draining = draining_.load(std::memory_order_relaxed);
  front::Work work;
  switch (Target{found->target}) {
    case health:
      return json_answer(200, {{"status", "ok"}});
    case ready:
      return json_answer(draining ? 503 : 200, {{"status", draining ? "draining" : "ok"}});
    case requests:
      work.route = "/requests";
      work.run = [this](const Context&, const front::Request&) -> Result<front::Answer> { return list(); };
      break;
    case one_request:
      work.route = "/requests/{id}";
      work.run = [this, id = std::move(found->values[0])](
                     const Context&, const front::Request& running) -> Result<front::Answer> {
        return cancel(id, running);
      };
      break;
  }
  return work;
}

front::Answer AdminService::list() const {
  const TimePoint now = Clock::now();
  Json json;
  json["requests"] = Json::array();
  for (const std::shared_ptr<LiveRequest>& request : live_.requests())
    json["requests"].push_back(json_of(*request, now));
  json["flights"] = Json::array();
  return json_answer(200, json);
}

front::Answer AdminService::cancel(const std::string& id, const front::Request& request) {
  const std::size_t cancelled = live_.cancel(id, Reason::operator_cancelled, "through the admin listener");
  if (cancelled == 0 && !in_flight(live_, id)) {
    return front::problem(404, request.id, "No request with this id is in flight.");
  }
  return json_answer(202, {{"cancelled", cancelled}});
}

Admin::Admin(const Endpoint& endpoint, LiveTree& live)
    : own_live_(journal_, {}),
      pool_(pool_options()),
      service_(live),
      front_(front_options(endpoint), service_, own_live_, pool_) {}

}  // namespace desist::server
