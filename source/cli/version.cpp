#include "cli/version.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <CLI/Version.hpp>
#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "cli/build_config.hpp"

namespace desist::cli {
namespace {

std::string compiler() {
#if defined(__clang__)
  return fmt::format("clang++ {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

std::string dotted(int major, int minor, int patch) {
  return fmt::format("{}.{}.{}", major, minor, patch);
}

}  // namespace

std::string version_text() {
  std::string text = fmt::format("desist {}\n", build_config::version);
  const auto line = [&text](std::string_view name, std::string_view version) {
    text += fmt::format("{:<15}{}\n", name, version);
  };
  line("compiler", compiler());
  line("CLI11", CLI11_VERSION);
  line("cpp-httplib", build_config::httplib_version);
  line("fmt", dotted(FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100));
  line("nlohmann-json",
       dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH));
  line("RE2", build_config::re2_version);
  line("SQLite", build_config::sqlite_version);
  line("tl-expected",
       dotted(TL_EXPECTED_VERSION_MAJOR, TL_EXPECTED_VERSION_MINOR, TL_EXPECTED_VERSION_PATCH));
  line("toml++", dotted(TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH));
  return text;
}

}  // namespace desist::cli
