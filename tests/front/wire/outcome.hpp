#pragma once

/// Feeds bytes to a Framer by any cuts, as a connection would, and says what came of them.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "front/framer.hpp"

namespace desist::test::wire {

struct Outcome {
  std::vector<front::Framed> requests;
  std::vector<std::string> wires;                           ///< each request's own bytes, as they were used
  std::size_t used = 0;                                     ///< of the input
  front::Framer::State state = front::Framer::State::idle;  ///< in the end
  front::Refusal refusal;

  [[nodiscard]] bool refused() const noexcept { return state == front::Framer::State::refused; }
  [[nodiscard]] int status() const noexcept { return refused() ? refusal.status : 0; }
};

/// Everything: requests, refusal, how far the input was used.
[[nodiscard]] bool operator==(const Outcome& a, const Outcome& b);
/// For the message of a failed check.
[[nodiscard]] std::string text(const Outcome& outcome);

/// The size of the next piece; zero is a piece too.
using Cutter = std::function<std::size_t()>;

[[nodiscard]] Outcome outcome_of(std::string_view input, const Cutter& next_piece, const Limits& limits = {});
[[nodiscard]] Outcome outcome_of(std::string_view input, const Limits& limits = {});  ///< in one piece

}  // namespace desist::test::wire
