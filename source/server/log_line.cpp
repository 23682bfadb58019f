#include "server/log_line.hpp"

#include <algorithm>

namespace desist::server {

FinishedRequest FinishedRequest::from(const Event& closed, WallTime now) {
  const LiveRequest& request = closed.request;
  const RequestInfo& info = request.info();
  const std::optional<Cause> cause = request.cause();
  const std::optional<TimePoint> told = request.told();
  FinishedRequest finished{.time = now,
                           .id = info.id,
                           .method = info.method,
                           .path = info.path,
                           .route = info.route,
                           .status = closed.status,
                           .cause = {},
                           .duration = closed.at - info.framed,
                           .told = {},
                           .stop = {},
                           .workers = request.workers(max_workers_logged),
                           .workers_total = request.workers_total(),
                           .error = request.error()};
  if (cause) finished.cause = cause->reason;
  if (told) {
    finished.told = *told - info.framed;
    finished.stop = closed.at - *told;
  }
  if (finished.workers.size() > max_workers_logged) finished.workers.resize(max_workers_logged);
  return finished;
}

void append_ms(std::string& out, Duration duration) {
  const auto micros = std::max<std::int64_t>(
      0, std::chrono::duration_cast<std::chrono::microseconds>(duration + std::chrono::nanoseconds(500))
             .count());
  out += std::to_string(micros / 1000);
  const std::string fraction = std::to_string(1000 + micros % 1000);
  out += '.';
  out.append(fraction, 1, 3);
}

}  // namespace desist::server
