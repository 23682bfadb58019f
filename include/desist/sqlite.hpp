#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "desist/api.hpp"
#include "desist/store.hpp"

namespace desist {

/// A Source that runs one SQL statement on an SQLite database and answers its rows as a JSON array of
/// objects, members in the order of the columns; a statement without rows answers `[]`.
///
/// * `:name` parameters are bound, in the types that they have, never pasted.
/// * When the Context stops, a statement that steps or waits for a lock gives up within milliseconds. What
///   SQLite does in one go cannot be interrupted: one call of a function, counting a whole table, sorting two
///   megabytes.
/// * A statement that writes is one transaction: an answer means that all of it has been committed, an error,
///   `cancelled` among them, that nothing has.
/// * Connections are reused, and each is whole again before the next query gets it. A database file that is
///   replaced is read anew by the queries that begin after that.
/// * Blobs are base64; text that is not UTF-8 has U+FFFD in its place; NaN and infinities are null.
///
/// Errors of `fetch`: `invalid` for a parameter that is missing; `failed` for SQL errors; `too_large` beyond
/// `max_rows`, 16 MiB of JSON or 16 MiB in one value; `overloaded` where there is no descriptor, or a lock
/// that waiting would not free.
class DESIST_API Sqlite final : public Store {
 public:
  /// What the statement may do.
  enum class Access {
    read_only,  ///< the database is opened so
    read_write  ///< writes, too, each in a transaction; the database must exist
  };

  /// What to ask, and of which database.
  struct Options {
    std::string name = "sqlite";        ///< the worker's, in the live tree and the log
    std::string database;               ///< path; opened at `make`, and must exist
    std::string query;                  ///< one statement
    std::size_t max_rows = 10000;       ///< beyond: `too_large`, rather than half an answer
    std::size_t max_connections = 32;   ///< at once; beyond: waits for one, until the Context stops
    Access access = Access::read_only;  ///< checked at `make`
  };

  /// Opens the database and prepares the statement once, waiting up to five seconds for a locked one. Errors:
  /// `invalid`, saying what is wrong: no such database or table; no statement, or more than one; a write on
  /// `read_only`; a parameter that is not `:name`; two columns of one name; a transaction or a setting, which
  /// the next query on the same connection would find.
  [[nodiscard]] static Result<std::shared_ptr<Sqlite>> make(Options options);
  ~Sqlite() override;

  [[nodiscard]] const std::vector<std::string>& parameters() const noexcept;  ///< without the colon
  /// Runs the statement once; what is above holds.
  [[nodiscard]] Result<Payload> fetch(const Context& ctx, const Query& query) override;

 private:
  struct Impl;
  explicit Sqlite(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace desist
