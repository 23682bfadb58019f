#pragma once

#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

#include "desist/error.hpp"

namespace desist::sqlite {

struct Finalize {
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

/// An error where anything but blanks and comments stands in `rest`, the text behind a query's first
/// statement.
[[nodiscard]] Result<void> check_nothing_follows(sqlite3* database, const char* rest);

/// The names of a statement's parameters without their colon, in the order of their numbers. An error where
/// one is not written `:name`, and so could not be told by name.
[[nodiscard]] Result<std::vector<std::string>> parameter_names(sqlite3_stmt* statement);

}  // namespace desist::sqlite
