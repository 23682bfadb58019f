#pragma once

#include <string>

#include "desist/live_tree.hpp"

#include "front/framer.hpp"

namespace desist::front {

/// Lists a request that never came to be, so that the log has its line, and gives the answer to it, ready to
/// be sent.
[[nodiscard]] std::string answer_refusal(LiveTree& live, const Refusal& refusal);

}  // namespace desist::front
