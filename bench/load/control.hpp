#pragma once

#include <cstdint>
#include <vector>

#include "connection.hpp"

namespace load {

/// When the server noted that the request of a client was told to stop, and when its waiting thread ran.
struct Stop {
  std::size_t client = 0;
  std::int64_t told = 0;
  std::int64_t awake = 0;
};

/// What the servers say about the requests of others.
class Control {
 public:
  explicit Control(const sockaddr_in& server) : connection_(server) {}

  [[nodiscard]] std::size_t in_flight() const;
  /// Asks until so many are in flight; throws when that takes more than a minute. Asking costs the server
  /// time, so it is not done while something is measured.
  void await_in_flight(std::size_t count) const;
  /// The notes of all that have stopped, which the server then forgets.
  [[nodiscard]] std::vector<Stop> take_stops() const;

 private:
  Connection connection_;
};

/// The descriptors of thousands of clients do not fit the usual soft limit.
void raise_descriptor_limit();

/// Opens `count` connections, asks on each for `path` followed by its number and `suffix`, and waits until
/// all are in flight.
[[nodiscard]] std::vector<Connection> open_waiting(const sockaddr_in& server, const Control& control,
                                                   std::size_t count, const std::string& path,
                                                   const std::string& suffix);

}  // namespace load
