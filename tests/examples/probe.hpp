#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "support/program.hpp"
#include "support/wire_client.hpp"

namespace desist::test {

/// CLOCK_MONOTONIC, as the probe server notes it.
[[nodiscard]] std::int64_t monotonic_ns();

/// The probe server, running on a port of its own.
class Probe {
 public:
  struct Stop {
    std::int64_t told = 0;
    std::int64_t awake = 0;
  };

  Probe();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] Program& program() noexcept { return program_; }
  /// A client that has asked for `target`.
  [[nodiscard]] WireClient asking(const std::string& target) const;
  /// What is answered; empty where it is not 200.
  [[nodiscard]] std::string get(const std::string& target) const;
  /// Waits until that many requests wait.
  [[nodiscard]] bool waiting(std::size_t count) const;
  /// Asks for the stops until that many are there, by id. Fewer where they do not come.
  [[nodiscard]] std::map<std::string, Stop> stops(std::size_t count) const;

 private:
  Program program_;
  std::uint16_t port_ = 0;
};

}  // namespace desist::test
