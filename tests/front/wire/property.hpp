#pragma once

/// What holds for every input, good or bad: cuts change nothing, and whatever is accepted is what a second,
/// slow and simple reading of the same bytes gives. Takes bytes alone, so that a test and a fuzzer can drive
/// it alike.

#include <string>
#include <string_view>

#include "front/wire/outcome.hpp"

namespace desist::test::wire {

/// Empty, or what does not hold for `input`.
[[nodiscard]] std::string broken_property(std::string_view input, const Cutter& cutter,
                                          const Limits& limits = {});

/// Reads `wire`, the bytes of one request, with searches over the whole of it, and compares. Empty, or the
/// difference.
[[nodiscard]] std::string second_opinion(std::string_view wire, const front::Framed& framed,
                                         const Limits& limits);

}  // namespace desist::test::wire
