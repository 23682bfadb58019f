#pragma once

#include <memory>
#include <string>
#include <vector>

#include "desist/store.hpp"

namespace desist {

/// A Source that runs one SQL statement on an SQLite database and answers its rows as a JSON array of objects.
///
/// `:name` parameters are bound, never pasted. When the Context stops, a statement that steps or waits for a lock gives
/// up within milliseconds; a single long built-in call cannot be interrupted. Connections are reused, and each is
/// whole again before the next query gets it. Blobs are base64; text that is not UTF-8 has U+FFFD in its place.
/// Errors: `failed` for SQL errors; `too_large` beyond `max_rows` or 16 MiB of JSON; `overloaded`.
class Sqlite final : public Store {
 public:
  enum class Access { read_only, read_write };

  struct Options {
    std::string name = "sqlite";
    std::string database;  ///< path; opened at `make`, and must exist
    std::string query;     ///< one statement
    std::size_t max_rows = 10000;
    std::size_t max_connections = 32;  ///< at once; beyond: waits for one, until the Context stops
    Access access = Access::read_only;
  };

  /// Opens the database and prepares the statement once. Errors: `invalid`, with SQLite's message.
  [[nodiscard]] static Result<std::shared_ptr<Sqlite>> make(Options options);
  ~Sqlite() override;

  [[nodiscard]] const std::vector<std::string>& parameters() const noexcept;  ///< without the colon
  [[nodiscard]] Result<Payload> fetch(const Context& ctx, const Query& query) override;

 private:
  struct Impl;
  explicit Sqlite(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace desist
