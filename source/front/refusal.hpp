#pragma once

#include "desist/live_tree.hpp"

#include "front/answer.hpp"
#include "front/framer.hpp"

namespace desist::front {

/// Lists a request that never came to be, so that the log has its line, and gives the answer to it, ready to
/// be sent.
[[nodiscard]] Written answer_refusal(LiveTree& live, const Refusal& refusal);

}  // namespace desist::front
