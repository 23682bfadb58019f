#include "sources/sqlite_statement.hpp"

namespace desist::sqlite {

Result<void> check_nothing_follows(sqlite3* database, const char* rest) {
  while (*rest != '\0') {
    const char* before = rest;
    sqlite3_stmt* raw = nullptr;  // stays null for blanks and comments
    const int code = sqlite3_prepare_v3(database, before, -1, 0, &raw, &rest);
    const Statement next(raw);
    if (code != SQLITE_OK || next != nullptr || rest == before) {
      return failure(ErrorCode::failed, "one SQL statement is wanted, and there is more behind the first");
    }
  }
  return {};
}

Result<std::vector<std::string>> parameter_names(sqlite3_stmt* statement) {
  const int count = sqlite3_bind_parameter_count(statement);
  std::vector<std::string> names;
  for (int index = 1; index <= count; ++index) {
    const char* name = sqlite3_bind_parameter_name(statement, index);
    if (name == nullptr || *name != ':') {
      return failure(ErrorCode::failed, "parameter '" + std::string(name == nullptr ? "?" : name) +
                                            "' cannot be told by name: write it as ':name'");
    }
    names.emplace_back(name + 1);
  }
  return names;
}

}  // namespace desist::sqlite
