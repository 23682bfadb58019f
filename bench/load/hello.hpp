#pragma once

#include "options.hpp"

namespace load {

/// hello: kept connections ask for /hello, each again as soon as it is answered. Prints answers per second.
void measure_hello(Options& options);

}  // namespace load
