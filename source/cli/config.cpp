#include "cli/config.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "cli/config_parts.hpp"
#include "cli/section.hpp"
#include "cli/toml_parser.hpp"

namespace desist::cli {
namespace {

constexpr std::size_t largest_file = 4 << 20;

std::string_view line_of(std::string_view text, std::size_t number) {
  for (std::size_t line = 1; line < number; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

void read_tables(const toml::table& table, Config& config, Problems& problems) {
  Section root(table, "the file", {1, 1}, problems);
  read_server(root, config, problems);
  read_sources(root, config, problems);
  read_routes(root, config, problems);
  root.close();
  check_links(config, table, problems);
}

/// The bytes of the file, or an errno.
int slurp(const std::string& file, std::string& text) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "re"), &std::fclose);
  if (stream == nullptr) return errno;
  char buffer[16384];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, stream.get())) {
    text.append(buffer, count);
    if (text.size() > largest_file) return EFBIG;
  }
  return std::ferror(stream.get()) != 0 ? errno : 0;
}

}  // namespace

Reading read_config(std::string_view text, const std::string& file) {
  Reading reading;
  reading.config.file = file;
  const auto table = parse_toml(text, file);
  if (table) {
    read_tables(*table, reading.config, reading.problems);
  } else {
    const auto& [at, description] = table.error();
    reading.problems.add(at, syntax_message(description, line_of(text, at.line)));
  }
  return reading;
}

Reading read_config_file(const std::string& file) {
  std::string text;
  if (const int error = slurp(file, text); error != 0) {
    Reading reading;
    reading.config.file = file;
    reading.problems.add({}, fmt::format("cannot be read: {}; name a config file that can",
                                         std::generic_category().message(error)));
    return reading;
  }
  return read_config(text, file);
}

}  // namespace desist::cli
