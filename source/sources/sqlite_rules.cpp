#include "sources/sqlite_rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace desist::sqlite {
namespace {

constexpr int max_value_bytes = 16 * 1024 * 1024;

// Pragmas that read the schema and take an argument. Any other with an argument changes a setting.
constexpr std::array<std::string_view, 9> reading_pragmas = {
    "table_info",  "table_xinfo",      "table_list",        "index_list",  "index_info",
    "index_xinfo", "foreign_key_list", "foreign_key_check", "quick_check",
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool changes_setting(const char* pragma, const char* argument) {
  if (argument == nullptr || pragma == nullptr) return false;
  return std::find(reading_pragmas.begin(), reading_pragmas.end(), lower(pragma)) == reading_pragmas.end();
}

// Why the statement may not be run, or null.
const char* refusal_of(int action, const char* first, const char* second) {
  switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
      return "a query is one transaction by itself: it cannot begin or end one";
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return "a query reads its own database only: it cannot attach or detach others";
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
      return "what is temporary belongs to a connection, and queries share connections";
    case SQLITE_PRAGMA:
      return changes_setting(first, second) ? "a query cannot change settings: queries share connections"
                                            : nullptr;
    default:
      return nullptr;
  }
}

int authorize(void* context, int action, const char* first, const char* second, const char* /*database*/,
              const char* /*trigger*/) noexcept {
  const char* refusal = refusal_of(action, first, second);
  if (refusal == nullptr) return SQLITE_OK;
  *static_cast<std::string*>(context) = refusal;
  return SQLITE_DENY;
}

bool configure(sqlite3* database, int option, int value) {
  return sqlite3_db_config(database, option, value, nullptr) == SQLITE_OK;
}

}  // namespace

Result<void> restrict_connection(sqlite3* database) {
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, max_value_bytes);
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  // Sorting stays on the thread that steps: threads of SQLite's own would hear of no stop.
  sqlite3_limit(database, SQLITE_LIMIT_WORKER_THREADS, 0);
  const bool done = configure(database, SQLITE_DBCONFIG_DEFENSIVE, 1) &&
                    configure(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0) &&
                    configure(database, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0) &&
                    configure(database, SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0) &&
                    // "typo" in double quotes is a column that does not exist, not a string.
                    configure(database, SQLITE_DBCONFIG_DQS_DML, 0);
  if (!done) return failure(ErrorCode::failed, "this build of SQLite cannot be restricted; it is too old");
  return {};
}

void install_rules(sqlite3* database, std::string* refusal) {
  sqlite3_set_authorizer(database, &authorize, refusal);
}

}  // namespace desist::sqlite
