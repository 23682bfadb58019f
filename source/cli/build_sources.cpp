#include "cli/build_sources.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "desist/all.hpp"

namespace desist::cli {
namespace {

/// A source's own message, with what would be right where it does not say so itself.
std::string advised(const std::string& message, std::string_view advice) {
  const bool says_so =
      message.find("; ") != std::string::npos || message.find(": give ") != std::string::npos;
  return says_so ? message : fmt::format("{}; {}", message, advice);
}

std::string_view advice_on_statement(std::string_view message) {
  return message.find("read-only") != std::string_view::npos
             ? "write a statement that only reads, or access = \"read_write\""
             : "write one statement that SQLite takes";
}

class Builder {
 public:
  Builder(const Config& config, Problems& problems) : config_(config), problems_(problems) {}

  Stores build() && {
    for (const auto& [name, source] : config_.sources) visit(source);
    return std::move(stores_);
  }

 private:
  /// The store of a source; null where it cannot be built, which has been reported.
  std::shared_ptr<Store> visit(const SourceConfig& source) {
    const auto [entry, first_visit] = stores_.emplace(source.name, nullptr);
    if (!first_visit || !source.whole) return entry->second;  // in a circle of composites, null
    std::shared_ptr<Store> store =
        std::visit([&](const auto& settings) { return make(source, settings); }, source.settings);
    return stores_[source.name] = std::move(store);
  }

  std::shared_ptr<Store> make(const SourceConfig& source, const Command::Options& options) {
    std::error_code error;
    if (!std::filesystem::is_directory(options.directory, error)) {
      report(source, "directory",
             fmt::format("\"{}\" is no directory; write one that exists", options.directory));
      Command::Options elsewhere = options;  // the program has to be there all the same
      elsewhere.directory.clear();
      const auto tried = Command::make(std::move(elsewhere));
      if (!tried) report_program(source, tried.error());
      return nullptr;
    }
    auto command = Command::make(options);
    if (command) return std::move(*command);
    report_program(source, command.error());
    return nullptr;
  }

  void report_program(const SourceConfig& source, const Error& error) {
    report(source, "argv", advised(error.message, "write a program that is there"));
  }

  std::shared_ptr<Store> make(const SourceConfig& source, const Sqlite::Options& options) {
    auto sqlite = Sqlite::make(options);
    if (sqlite) return std::move(*sqlite);
    if (opens(options)) {
      report(source, "query", advised(sqlite.error().message, advice_on_statement(sqlite.error().message)));
    } else {
      report(source, "database",
             advised(sqlite.error().message, "write the path of a database that can be read"));
    }
    return nullptr;
  }

  std::shared_ptr<Store> make(const SourceConfig&, const Composite& composite) {
    std::vector<All::Part> parts;
    for (const Composite::Part& part : composite.of) {
      const auto found = config_.sources.find(part.name);
      std::shared_ptr<Store> store = found != config_.sources.end() ? visit(found->second) : nullptr;
      if (store == nullptr) return nullptr;
      parts.push_back({part.name, std::move(store)});
    }
    return std::make_shared<All>(std::move(parts));
  }

  /// Whether the database answers what every database can: then not it but the statement is at fault.
  static bool opens(Sqlite::Options options) {
    options.query = "select count(*) from sqlite_schema";
    return Sqlite::make(std::move(options)).has_value();
  }

  void report(const SourceConfig& source, std::string_view key, const std::string& text) {
    const auto at = source.keys.find(key);
    problems_.add(at != source.keys.end() ? at->second : source.at, fmt::format("{}: {}", key, text));
  }

  const Config& config_;
  Problems& problems_;
  Stores stores_;
};

}  // namespace

Stores build_sources(const Config& config, Problems& problems) {
  return Builder(config, problems).build();
}

}  // namespace desist::cli
