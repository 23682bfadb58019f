#pragma once

namespace desist::cli {

/// What this process needs once, before its first thread: standard descriptors that are open, so that no
/// socket takes their numbers; as many descriptors as the system lets it have, while the programs that it
/// runs get the limit that it was started with; and the orphans of those programs as its own children, so
/// that it can end them.
void set_up_process();

}  // namespace desist::cli
