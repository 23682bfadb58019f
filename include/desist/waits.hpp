#pragma once

/// @file
/// Waits that end early when the Context stops. All return `cancelled` then; where both have come about, the
/// data wins. `wait_any` waits for several at once. A condition variable needs nothing of this:
/// std::condition_variable_any takes a Context as its stop token.

#include "desist/latch.hpp"      // IWYU pragma: export
#include "desist/queue.hpp"      // IWYU pragma: export
#include "desist/semaphore.hpp"  // IWYU pragma: export
#include "desist/sleep.hpp"      // IWYU pragma: export
#include "desist/wait_any.hpp"   // IWYU pragma: export
