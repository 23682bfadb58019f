#include "desist/sqlite.hpp"

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "desist/worker.hpp"

#include "sources/sqlite_connection.hpp"
#include "sources/sqlite_pool.hpp"

namespace desist {
namespace {

// How long `make` waits for a database that is locked.
constexpr std::chrono::seconds make_budget{5};

/// The parameters' values, in the order of `names`; they live as long as the query.
Result<std::vector<const ParamValue*>> values_of(const std::vector<std::string>& names, const Query& query) {
  std::vector<const ParamValue*> values;
  values.reserve(names.size());
  for (const std::string& name : names) {
    const ParamValue* value = query.find(name);
    if (value == nullptr) return failure(ErrorCode::invalid, "parameter '" + name + "' is missing");
    values.push_back(value);
  }
  return values;
}

// Absolute, so that no path is taken for a URI or for SQLite's name of a database in memory, nor for another
// file once the working directory has changed.
Result<std::string> absolute_path(const std::string& path) {
  if (path.empty()) return failure(ErrorCode::invalid, "no database is named");
  std::error_code error;
  std::string absolute = std::filesystem::absolute(path, error).string();
  if (error) return failure(ErrorCode::invalid, "cannot open '" + path + "': " + error.message());
  return absolute;
}

}  // namespace

struct DESIST_HIDDEN Sqlite::Impl {
  Impl(Options chosen, std::vector<std::string> names)
      : options(std::move(chosen)), parameters(std::move(names)), pool(options) {}

  Result<Payload> fetch(const Context& ctx, const Query& query) {
    if (ctx.stop_requested()) return cancelled(ctx);
    Result<std::vector<const ParamValue*>> values = values_of(parameters, query);
    if (!values) return tl::unexpected(std::move(values.error()));
    Result<sqlite::ConnectionPool::Lease> connection = pool.take(ctx);
    if (!connection) return tl::unexpected(std::move(connection.error()));
    return (*connection)->run(ctx, *values).map(&Payload::json);
  }

  const Options options;
  const std::vector<std::string> parameters;
  sqlite::ConnectionPool pool;
};

Result<std::shared_ptr<Sqlite>> Sqlite::make(Options options) {
  if (sqlite3_threadsafe() == 0) return failure(ErrorCode::invalid, "this build of SQLite knows no threads");
  if (options.max_connections == 0) return failure(ErrorCode::invalid, "max_connections must be at least 1");
  Result<std::string> path = absolute_path(options.database);
  if (!path) return tl::unexpected(std::move(path.error()));
  options.database = std::move(*path);

  const Scope budget = Context().with_timeout(make_budget);
  Result<std::unique_ptr<sqlite::Connection>> tried = sqlite::Connection::open(budget, options);
  if (!tried) {
    const bool locked = tried.error().code == ErrorCode::cancelled;
    return failure(ErrorCode::invalid,
                   locked ? "'" + options.database + "' stays locked" : std::move(tried.error().message));
  }
  std::vector<std::string> names = (*tried)->parameters();
  tried->reset();
  auto impl = std::make_unique<Impl>(std::move(options), std::move(names));
  return std::shared_ptr<Sqlite>(new Sqlite(std::move(impl)));  // lint:allow-new: the constructor is private
}

Sqlite::Sqlite(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Sqlite::~Sqlite() = default;

const std::vector<std::string>& Sqlite::parameters() const noexcept {
  return impl_->parameters;
}

Result<Payload> Sqlite::fetch(const Context& ctx, const Query& query) {
  Worker worker(ctx, impl_->options.name, "sqlite");
  return worker.done(impl_->fetch(ctx, query));
}

}  // namespace desist
