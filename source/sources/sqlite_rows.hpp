#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "desist/error.hpp"

namespace desist::sqlite {

struct RowLimits {
  std::size_t max_rows = 10000;
  std::size_t max_bytes = 16 * 1024 * 1024;  ///< of JSON
};

/// The columns' names as JSON member keys, `"name":`. An error where two have the same name, since readers of
/// JSON keep one of them, and not all the same one.
[[nodiscard]] Result<std::vector<std::string>> column_keys(sqlite3_stmt* statement);

/// A statement's rows as a JSON array of objects, members in the order of the columns. Integers and reals are
/// numbers (NaN and infinities, which JSON lacks, are null), text is a string, a blob its base64.
class RowWriter {
 public:
  RowWriter(sqlite3_stmt* statement, RowLimits limits) : statement_(statement), limits_(limits) {}

  /// Appends the row that the statement stands on. Errors: `too_large`; `failed`.
  [[nodiscard]] Result<void> add_row();
  /// The whole array. The writer is used up.
  [[nodiscard]] std::string finish() &&;

 private:
  [[nodiscard]] Result<void> add_value(int column);
  [[nodiscard]] Result<void> add_text(int column);
  [[nodiscard]] Result<void> add_blob(int column);

  sqlite3_stmt* statement_;
  RowLimits limits_;
  std::vector<std::string> keys_;  // known from the first row on: a change of schema can alter them before it
  std::size_t rows_ = 0;
  std::string json_ = "[";
};

}  // namespace desist::sqlite
