#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "desist/journal.hpp"
#include "desist/live_tree.hpp"
#include "desist/sqlite.hpp"

#include "support/folder.hpp"

namespace desist::test {

/// A connection of the test's own: builds databases, looks into them, holds locks.
class Database {
 public:
  explicit Database(const std::string& path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Runs statements; throws std::runtime_error where one fails.
  void run(const std::string& sql);
  /// The one integer that a query gives.
  [[nodiscard]] std::int64_t number(const std::string& sql);
  [[nodiscard]] sqlite3* handle() const noexcept { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

/// A request in flight, in a live tree of its own, so that a test sees what its workers do.
class Request {
 public:
  explicit Request(std::optional<TimePoint> deadline = std::nullopt);
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request();

  operator const Context&() const noexcept { return ctx_; }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] const Context& context() const noexcept { return ctx_; }
  void leave() { scope_.cancel(Reason::client_gone); }
  /// Waits until one of its running workers is at this checkpoint.
  [[nodiscard]] bool reaches(std::string_view checkpoint) const;
  [[nodiscard]] std::vector<WorkerView> workers() const { return live_->workers(); }

 private:
  Journal journal_;
  LiveTree tree_;
  Scope scope_;
  std::shared_ptr<LiveRequest> live_;
  Context ctx_;
};

/// A query that would run for hours, and gives one row.
inline constexpr const char* endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT count(*) "
    "FROM n";

/// The source; fails the test where it cannot be made.
[[nodiscard]] std::shared_ptr<Sqlite> make(Sqlite::Options options);
/// The bytes of an answer; fails the test where it is an error.
[[nodiscard]] std::string text_of(Result<Payload> payload);
/// Fails the test where a fetch did not give up for this reason.
void check_cancelled(const Result<Payload>& got, Reason reason);
/// Why a source could not be made; fails the test where it could.
[[nodiscard]] std::string refusal(Sqlite::Options options);

}  // namespace desist::test
