#include "sources/sqlite_support.hpp"

#include <array>
#include <cstdlib>
#include <stdexcept>

#include <doctest/doctest.h>

#include "support/eventually.hpp"

namespace desist::test {

Database::Database(const std::string& path) {
  if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK) throw std::runtime_error("cannot open " + path);
  run("PRAGMA synchronous = off");
}

Database::~Database() {
  sqlite3_close(database_);
}

void Database::run(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(database_));
  }
}

std::int64_t Database::number(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sql + ": " + sqlite3_errmsg(database_));
  }
  const bool row = sqlite3_step(statement) == SQLITE_ROW;
  const std::int64_t value = row ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  if (!row) throw std::runtime_error(sql + ": no row");
  return value;
}

Request::Request(std::optional<TimePoint> deadline)
    : tree_(journal_, {}),
      scope_(Context::root(deadline)),
      live_(tree_.open(
          {.id = "test", .method = "GET", .path = "/test", .route = std::nullopt, .framed = Clock::now()},
          scope_.canceller())),
      ctx_(scope_.with_value(keys::live_request, live_)) {}

Request::~Request() {
  live_->close();
}

bool Request::reaches(std::string_view checkpoint) const {
  return eventually([&] {
    for (const WorkerView& worker : live_->workers()) {
      if (worker.outcome == Outcome::running && worker.checkpoint == checkpoint) return true;
    }
    return false;
  });
}

std::shared_ptr<Sqlite> make(Sqlite::Options options) {
  Result<std::shared_ptr<Sqlite>> made = Sqlite::make(std::move(options));
  REQUIRE_MESSAGE(made.has_value(), made.error().message);
  return *made;
}

std::string text_of(Result<Payload> payload) {
  REQUIRE_MESSAGE(payload.has_value(), payload.error().message);
  CHECK(payload->content_type() == "application/json");
  return std::move(*payload).take_bytes();
}

void check_cancelled(const Result<Payload>& got, Reason reason) {
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::cancelled);
  REQUIRE(got.error().cause.has_value());
  CHECK(got.error().cause->reason == reason);
}

std::string refusal(Sqlite::Options options) {
  const Result<std::shared_ptr<Sqlite>> made = Sqlite::make(std::move(options));
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == ErrorCode::invalid);
  return made.error().message;
}

}  // namespace desist::test
