#include "control.hpp"

#include <sstream>
#include <stdexcept>
#include <string>

#include <sys/resource.h>

#include "clock.hpp"

namespace load {

std::size_t Control::in_flight() const {
  connection_.ask("/inflight");
  const std::string answer = connection_.answer();
  std::size_t count = 0;
  if (!(std::istringstream(answer) >> count)) throw std::runtime_error("not a count of requests: " + answer);
  return count;
}

void Control::await_in_flight(std::size_t count) const {
  const std::int64_t deadline = now_ns() + 60'000'000'000;
  while (in_flight() != count) {
    if (now_ns() > deadline) {
      throw std::runtime_error(std::to_string(in_flight()) + " in flight, not " + std::to_string(count));
    }
    sleep_ms(10);
  }
}

std::vector<Stop> Control::take_stops() const {
  connection_.ask("/stops");
  std::istringstream lines(connection_.answer());
  std::vector<Stop> stops;
  for (Stop stop; lines >> stop.client >> stop.told >> stop.awake;) stops.push_back(stop);
  return stops;
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<Connection> open_waiting(const sockaddr_in& server, const Control& control, std::size_t count,
                                     const std::string& path, const std::string& suffix) {
  std::vector<Connection> clients;
  clients.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    clients.emplace_back(server);
    clients.back().ask(path + std::to_string(i) + suffix);
  }
  control.await_in_flight(count);
  return clients;
}

}  // namespace load
