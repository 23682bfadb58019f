#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "desist/clock.hpp"

#include "front/connection_table.hpp"

namespace desist::front {

/// Finds the connection that has been idle for longest and closes it. Requests pay nothing for that: there is
/// no list that each would have to move in. Looking through the table gives a batch of the oldest; as long as
/// one of the batch is still idle since the same moment, it is older than whatever fell idle later.
///
/// A newcomer that has not had a request yet is spared for its first second: otherwise, where clients come
/// faster than they are served, each would make room for the next before it has said a word.
///
/// Thread-safe. Lock order: this, then a connection's.
class Evictor {
 public:
  explicit Evictor(ConnectionTable& connections) : connections_(connections) {}

  static constexpr Duration newcomers_are_spared = std::chrono::seconds(1);

  /// False where none is idle.
  [[nodiscard]] bool close_oldest_idle();

 private:
  struct Candidate {
    std::uint64_t id;
    std::int64_t since;
  };
  [[nodiscard]] bool close_a_candidate();
  void look_for_candidates();

  ConnectionTable& connections_;
  std::mutex mutex_;                   // guards candidates_
  std::vector<Candidate> candidates_;  // the oldest last
};

}  // namespace desist::front
