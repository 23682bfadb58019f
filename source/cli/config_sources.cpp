#include <filesystem>
#include <set>

#include <re2/re2.h>

#include "cli/config_parts.hpp"
#include "cli/placeholders.hpp"
#include "store/media_type.hpp"

namespace desist::cli {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t mebibyte = 1024 * 1024;

enum class Type { command, sqlite, all };

/// `path` as seen from the config file, so that a config means the same wherever desist is started.
std::string beside(const std::string& file, const std::string& path) {
  return (std::filesystem::absolute(file).parent_path() / path).lexically_normal().string();
}

bool is_source_name(std::string_view name) {
  static const RE2 form("[A-Za-z_][A-Za-z0-9_-]{0,46}");
  return RE2::FullMatch(re2::StringPiece(name.data(), name.size()), form);
}

bool is_variable_name(std::string_view name) {
  static const RE2 form("[A-Za-z_][A-Za-z0-9_]*");
  return RE2::FullMatch(re2::StringPiece(name.data(), name.size()), form);
}

/// What desist itself sets for every command.
bool is_reserved(std::string_view name) {
  return name == "DESIST_REQUEST_ID" || name == "DESIST_TIMEOUT_MS" || name == "DESIST_WORK";
}

void check_variable(Section& section, Position at, std::string_view key, std::string_view name,
                    Problems& problems) {
  if (!is_variable_name(name)) {
    problems.add(
        at, fmt::format("{}: \"{}\" is no name of a variable; write letters, digits and \"_\"", key, name));
  } else if (is_reserved(name)) {
    problems.add(at, fmt::format("{}: \"{}\" is set for every command of {}; leave it out", key, name,
                                 section.name()));
  }
}

/// Notes the argument and its placeholders. The first one is the program.
void read_argument(const PlacedText& argument, SourceConfig& source, Command::Options& options,
                   Problems& problems) {
  const bool is_program = options.argv.empty();
  options.argv.push_back(argument.text);
  const Read<std::vector<std::string>> names = placeholders_of_argument(argument.text);
  if (!names) {
    problems.add(argument.at, fmt::format("argv: {}", names.error()));
    source.wants_known = false;
  } else if (is_program && !names->empty()) {
    problems.add(
        argument.at,
        "argv: a request must not choose the program; write its name, and placeholders in its arguments");
  } else {
    for (const std::string& name : *names) source.wants.emplace(name, argument.at);
  }
}

void read_argv(Section& section, SourceConfig& source, Command::Options& options, const std::string& file,
               Problems& problems) {
  constexpr std::string_view example = R"(["python3", "report.py", "{year}"])";
  section.require("argv", example);
  source.wants_known = false;
  if (const toml::node* node = section.any("argv"); node != nullptr && node->is_string()) {
    section.problem("argv",
                    fmt::format("a string, but there is no shell to split it; write argv = {}", example));
    return;
  }
  const PlacedTexts argv = section.some_texts("argv", example);
  source.wants_known = argv.whole;
  for (const PlacedText& argument : argv.items) read_argument(argument, source, options, problems);
  if (options.argv.empty()) return;
  std::string& program = options.argv.front();
  if (program.empty()) section.problem("argv", fmt::format("names no program; write argv = {}", example));
  if (program.find('/') != std::string::npos) program = beside(file, program);
}

void read_environment(Section& section, Command::Options& options, Problems& problems) {
  constexpr std::string_view example = R"(env = { LANG = "C.UTF-8" })";
  if (const toml::table* env = section.table("env", example)) {
    for (const auto& [key, node] : *env) {
      check_variable(section, begin_of(key), "env", key.str(), problems);
      const auto* value = node.as_string();
      if (value == nullptr || value->get().find('\0') != std::string::npos) {
        problems.add(begin_of(node),
                     fmt::format("env: {} where a string belongs; write {}",
                                 value == nullptr ? describe(node) : "a NUL character", example));
        continue;
      }
      options.env.emplace(key.str(), value->get());
    }
  }
  for (const PlacedText& name : section.texts("pass_env", R"(["PATH"])").items) {
    check_variable(section, name.at, "pass_env", name.text, problems);
    if (options.env.count(name.text) != 0) {
      problems.add(name.at, fmt::format("pass_env: \"{}\" has a value in env already; keep one of the two",
                                        name.text));
    }
    options.pass_env.push_back(name.text);
  }
}

Command::Options read_command(Section& section, SourceConfig& source, const std::string& file,
                              Problems& problems) {
  Command::Options options;
  options.name = source.name;
  options.directory = ".";
  read_argv(section, source, options, file, problems);
  section.text("directory", options.directory, "\".\"");
  options.directory = beside(file, options.directory);
  Duration grace = options.grace;
  section.duration("grace", grace, {0ms, std::chrono::hours(1)});
  options.grace = std::chrono::duration_cast<std::chrono::milliseconds>(grace);
  if (section.text("content_type", options.content_type, "\"text/plain; charset=utf-8\"") &&
      !is_content_type(options.content_type)) {
    section.problem("content_type",
                    fmt::format("\"{}\" is no media type; write one, such as \"application/json\"",
                                options.content_type));
  }
  section.choice<Command::Input>("input", options.input,
                                 {{"none", Command::Input::none}, {"body", Command::Input::body}});
  section.choice<Command::LeadingDash>(
      "leading_dash", options.leading_dash,
      {{"refuse", Command::LeadingDash::refused}, {"allow", Command::LeadingDash::allowed}});
  read_environment(section, options, problems);
  section.size("max_output", options.max_output, {1, 1024 * mebibyte});
  return options;
}

Sqlite::Options read_sqlite(Section& section, SourceConfig& source, const std::string& file) {
  Sqlite::Options options;
  options.name = source.name;
  section.require("database", "\"orders.db\"");
  if (section.text("database", options.database, "\"orders.db\"")) {
    if (options.database.empty())
      section.problem("database", "names no file; write database = \"orders.db\"");
    options.database = beside(file, options.database);
  }
  source.wants_known = false;
  constexpr std::string_view example = "\"select * from orders where day = :day\"";
  section.require("query", example);
  if (section.text("query", options.query, example)) {
    const Read<std::vector<std::string>> names = placeholders_of_sql(options.query);
    if (!names) {
      section.problem("query", names.error());
    } else {
      source.wants_known = true;
      for (const std::string& name : *names) source.wants.emplace(name, section.at("query"));
    }
  }
  section.count("max_rows", options.max_rows, {1, 100'000'000});
  section.count("max_connections", options.max_connections, {1, 1000});
  section.choice<Sqlite::Access>(
      "access", options.access,
      {{"read_only", Sqlite::Access::read_only}, {"read_write", Sqlite::Access::read_write}});
  return options;
}

Composite read_all(Section& section, SourceConfig& source, Problems& problems) {
  Composite composite;
  constexpr std::string_view example = R"(["report", "orders"])";
  section.require("of", example);
  const PlacedTexts names = section.some_texts("of", example);
  source.wants_known = names.whole;
  std::set<std::string> seen;
  for (const PlacedText& name : names.items) {
    if (!seen.insert(name.text).second) {
      problems.add(name.at, fmt::format("of: \"{}\" stands in it twice; name each part once", name.text));
    }
    composite.of.push_back({name.text, name.at});
  }
  return composite;
}

void read_source(const toml::table& table, std::string name, Position at, Config& config,
                 Problems& problems) {
  const std::size_t before = problems.count();
  Section section(table, fmt::format("[source.{}]", name), at, problems);
  SourceConfig source;
  source.name = std::move(name);
  source.at = at;
  for (const auto& [key, node] : table) source.keys.emplace(key.str(), begin_of(node));
  if (!is_source_name(source.name)) {
    problems.add(
        at, fmt::format("\"{}\" cannot name a source; write letters, digits, \"_\" and \"-\", at most 47, "
                        "not beginning with a digit or \"-\"",
                        source.name));
  }
  section.require("type", "\"command\", \"sqlite\" or \"all\"");
  Type type{};
  if (!section.choice<Type>("type", type,
                            {{"command", Type::command}, {"sqlite", Type::sqlite}, {"all", Type::all}})) {
    return;  // which other keys belong here depends on it
  }
  switch (type) {
    case Type::command:
      source.settings = read_command(section, source, config.file, problems);
      break;
    case Type::sqlite:
      source.settings = read_sqlite(section, source, config.file);
      break;
    case Type::all:
      source.settings = read_all(section, source, problems);
      break;
  }
  // A key that nobody knows does not keep the others from being tried.
  source.whole = problems.count() == before;
  section.close();
  config.sources.emplace(source.name, std::move(source));
}

}  // namespace

void read_sources(Section& root, Config& config, Problems& problems) {
  const toml::table* sources = root.table("source", "[source.NAME]");
  if (sources == nullptr) return;
  for (const auto& [key, node] : *sources) {
    const toml::table* table = node.as_table();
    if (table != nullptr) {
      read_source(*table, std::string(key.str()), begin_of(node), config, problems);
      continue;
    }
    problems.add(begin_of(key), fmt::format("source: \"{}\" is {} where a table belongs; write [source.NAME]",
                                            key.str(), describe(node)));
  }
}

}  // namespace desist::cli
