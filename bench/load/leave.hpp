#pragma once

#include "options.hpp"

namespace load {

/// leave: clients that wait for an answer close their connections. Prints how long after its close() the work
/// of each was told, and awake.
void measure_leaving(Options& options);

/// hold: clients wait for an answer until standard input ends. Says "holding" once the server has them all in
/// flight.
void hold(Options& options);

}  // namespace load
