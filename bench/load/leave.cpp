#include "leave.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include "clock.hpp"
#include "control.hpp"
#include "spread.hpp"

namespace load {
namespace {

Leaving parse_leaving(const std::string& text) {
  if (text == "fin") return Leaving::fin;
  if (text == "rst") return Leaving::rst;
  throw Misuse("--by is fin or rst, not '" + text + "'");
}

/// The first `count` leave, `pace_us` apart or, where that is 0, as fast as one thread can close. Gives the
/// time before each close().
std::vector<std::int64_t> leave(std::vector<Connection>& clients, std::size_t count, std::int64_t pace_us) {
  std::vector<std::int64_t> left(count);
  std::int64_t next = now_ns();
  for (std::size_t i = 0; i < count; ++i) {
    if (pace_us != 0) sleep_until_ns(next += pace_us * 1'000);
    left[i] = now_ns();
    clients[i].leave();
  }
  return left;
}

void print(const std::vector<std::int64_t>& left, const std::vector<Stop>& stops) {
  std::vector<std::int64_t> told;
  std::vector<std::int64_t> awake;
  for (const Stop& stop : stops) {
    told.push_back(stop.told - left.at(stop.client));
    awake.push_back(stop.awake - left.at(stop.client));
  }
  std::printf("{");
  print_spread("told", told);
  std::printf(", ");
  print_spread("awake", awake);
  std::printf(", \"closing_us\": %.1f}\n", static_cast<double>(left.back() - left.front()) / 1e3);
}

}  // namespace

void measure_leaving(Options& options) {
  const sockaddr_in server = options.address("server");
  const auto count = static_cast<std::size_t>(options.number("clients", {.otherwise = 1'000}));
  const auto leaving =
      std::min(count, static_cast<std::size_t>(options.number("leave", {.otherwise = 1'000'000})));
  const std::int64_t pace_us = options.number("pace-us", {.otherwise = 0, .least = 0});
  const Leaving by = parse_leaving(options.text("by", "fin"));
  const std::string path = options.text("path", "/wait/");
  const std::string suffix = options.text("suffix", "");
  options.expect_no_more();

  const Control control(server);
  (void)control.take_stops();
  std::vector<Connection> clients = open_waiting(server, control, count, path, suffix);
  for (const Connection& client : clients) client.prepare(by);
  sleep_ms(300);  // what the opening has stirred up settles

  const std::vector<std::int64_t> left = leave(clients, leaving, pace_us);
  sleep_ms(200);  // undisturbed; then what is still on its way may come
  control.await_in_flight(count - leaving);
  const std::vector<Stop> stops = control.take_stops();
  if (stops.size() != leaving) {
    throw std::runtime_error(std::to_string(leaving) + " left, " + std::to_string(stops.size()) + " told");
  }
  print(left, stops);

  clients.clear();
  control.await_in_flight(0);
  (void)control.take_stops();
}

void hold(Options& options) {
  const sockaddr_in server = options.address("server");
  const auto count = static_cast<std::size_t>(options.number("clients", {.otherwise = 8'000}));
  options.expect_no_more();

  const Control control(server);
  const std::vector<Connection> clients = open_waiting(server, control, count, "/wait/", "");
  std::puts("holding");
  std::fflush(stdout);
  for (char ignored = 0; read(STDIN_FILENO, &ignored, 1) > 0;) {
  }
}

}  // namespace load
