#include "cli/serve.hpp"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "desist/command.hpp"
#include "desist/signals.hpp"

#include "cli/load.hpp"
#include "cli/process_setup.hpp"

namespace desist::cli {

int serve(const std::string& file) {
  set_up_process();
  Signals signals;
  auto loaded = load(file);
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.error());
    return 2;
  }
  if (const auto started = start(*loaded); !started) {
    fmt::print(stderr, "{}", started.error());
    return 2;
  }
  if (serve_until(signals, *loaded->server)) return 0;
  // Something does not stop. It has been logged by name; what can be killed is, and the rest ends with this
  // process. The server's end writes out the log and leaves such work alone; other destructors and exit
  // handlers would pull things away from under it.
  Command::kill_all();
  loaded->server.reset();
  std::fflush(nullptr);
  _exit(1);
}

}  // namespace desist::cli
