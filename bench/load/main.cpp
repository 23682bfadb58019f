/// A client that loads a server and measures it from outside. One run, one figure, as a line of JSON.
///
///     load leave --server A:P [--clients N] [--leave N] [--pace-us N] [--by fin|rst] [--path P] [--suffix S]
///     load hold --server A:P [--clients N]
///     load hello --server A:P [--connections N] [--ms N]
///     load process --server A:P --socket PATH [--count N]
///
/// Exit status: 2 for a wrong command line, 1 for what failed later.

#include <cstdio>
#include <exception>

#include "control.hpp"
#include "hello.hpp"
#include "leave.hpp"
#include "options.hpp"
#include "process.hpp"

int main(int argc, char** argv) {
  try {
    load::Options options(argc, argv);
    load::raise_descriptor_limit();
    if (options.mode() == "leave") {
      load::measure_leaving(options);
    } else if (options.mode() == "hold") {
      load::hold(options);
    } else if (options.mode() == "hello") {
      load::measure_hello(options);
    } else if (options.mode() == "process") {
      load::measure_process(options);
    } else {
      throw load::Misuse("no such mode: " + options.mode() + "; there are leave, hold, hello and process");
    }
    return 0;
  } catch (const load::Misuse& wrong) {
    std::fprintf(stderr, "load: %s\n", wrong.what());
    return 2;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "load: %s\n", failed.what());
    return 1;
  }
}
