#pragma once

/// Waits that end early when the Context stops. All return `cancelled` then; where both have come about, the data wins.
/// A condition variable needs nothing of this: std::condition_variable_any takes a Context as its stop token.
// sleep_for(ctx, d), Semaphore, Queue<T>, Event, wait_any(ctx, ...): to be declared in headers of their own
