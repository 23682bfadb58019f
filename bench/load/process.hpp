#pragma once

#include "options.hpp"

namespace load {

/// process: one client after another asks for a process and, once that is there, leaves. Prints how long
/// after its close() the process had SIGTERM, by the process's own word.
void measure_process(Options& options);

}  // namespace load
