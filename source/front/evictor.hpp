#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "front/connection_table.hpp"

namespace desist::front {

/// Finds the connection that has been idle for longest and closes it. Requests pay nothing for that: there is
/// no list that each would have to move in. Looking through the table gives a batch of the oldest; as long as
/// one of the batch is still idle since the same moment, it is older than whatever fell idle later.
///
/// Used by one thread at a time.
class Evictor {
 public:
  explicit Evictor(ConnectionTable& connections) : connections_(connections) {}

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
  std::vector<Candidate> candidates_;  // the oldest last
};

}  // namespace desist::front
