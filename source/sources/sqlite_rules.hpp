#pragma once

#include <string>

#include <sqlite3.h>

#include "desist/error.hpp"

namespace desist::sqlite {

/// Bounds what a statement on this connection can hold and do, whatever the database's schema says: values of
/// 16 MiB at the most, nothing attached, no extensions, no functions with side effects inside views or
/// triggers.
[[nodiscard]] Result<void> restrict_connection(sqlite3* database);

/// Refuses, while a statement is prepared, what would leave a trace on the connection for the statement after
/// it: transactions of its own, attached databases, temporary tables, changed settings. The reason goes to
/// `*refusal`, which must outlive the connection.
void install_rules(sqlite3* database, std::string* refusal);

}  // namespace desist::sqlite
