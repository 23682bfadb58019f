/// A client that loads a server and measures it from outside. One run, one figure, as a line of JSON.
///
///     load leave   --server A:P [--clients N] [--leave N] [--pace-us N] [--by fin|rst] [--path /wait/]
///     [--suffix S] load hold    --server A:P [--clients N] load hello   --server A:P [--connections N] [--ms
///     N] load process --server A:P --socket PATH [--count N]

#include <cstdio>
#include <exception>
#include <stdexcept>

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
      throw std::invalid_argument("no such mode: " + options.mode());
    }
    return 0;
  } catch (const std::invalid_argument& wrong) {
    std::fprintf(stderr, "load: %s\n", wrong.what());
    return 2;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "load: %s\n", failed.what());
    return 1;
  }
}
