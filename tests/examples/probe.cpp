#include "probe.hpp"

#include <ctime>
#include <sstream>
#include <stdexcept>

#include "examples.hpp"
#include "support/eventually.hpp"

namespace desist::test {
namespace {

constexpr std::chrono::seconds patience(30);

}  // namespace

std::int64_t monotonic_ns() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

Probe::Probe() : program_({.arguments = {"--listen", "127.0.0.1:0"}, .path = example("probe_server")}) {
  const std::string head = "listening on 127.0.0.1:";
  if (!program_.prints("\n")) throw std::runtime_error("the probe server says nothing");
  const std::string line = program_.output();
  if (!line.starts_with(head)) throw std::runtime_error("the probe server says " + line);
  port_ = static_cast<std::uint16_t>(std::stoi(line.substr(head.size())));
}

WireClient Probe::asking(const std::string& target) const {
  WireClient client(port_);
  client.get(target);
  return client;
}

std::string Probe::get(const std::string& target) const {
  const auto answer = asking(target).answer();
  return answer && answer->status == 200 ? answer->body : "";
}

bool Probe::waiting(std::size_t count) const {
  return eventually([&] { return get("/inflight") == std::to_string(count) + "\n"; }, patience);
}

std::map<std::string, Probe::Stop> Probe::stops(std::size_t count) const {
  std::map<std::string, Stop> stops;
  (void)eventually(
      [&] {
        std::istringstream lines(get("/stops"));
        std::string id;
        for (Stop stop; lines >> id >> stop.told >> stop.awake;) stops[id] = stop;
        return stops.size() >= count;
      },
      patience);
  return stops;
}

}  // namespace desist::test
