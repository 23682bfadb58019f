#include "cli/check.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "cli/load.hpp"
#include "cli/process_setup.hpp"

namespace desist::cli {
namespace {

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

int check(const std::string& file) {
  set_up_process();
  const auto loaded = load(file);
  if (!loaded) {
    fmt::print(stderr, "{}", loaded.error());
    return 2;
  }
  fmt::print(stderr, "{}", loaded->warnings);
  fmt::print("{}: ok, {}, {}\n", file, counted(loaded->config.sources.size(), "source"),
             counted(loaded->config.routes.size(), "route"));
  return 0;
}

}  // namespace desist::cli
