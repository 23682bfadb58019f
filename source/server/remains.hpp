#pragma once

#include <functional>
#include <memory>
#include <stop_token>

namespace desist::server {

/// Keeps `owner` alive until `ended` returns true, then frees it, on a thread of its own. `ended` waits, and
/// gives up with false once its token trips, which is when the process exits: then `owner` is left as it is,
/// since whatever runs on it still does.
void keep_until_ended(std::shared_ptr<void> owner, std::function<bool(std::stop_token)> ended);

}  // namespace desist::server
