#include "database.hpp"

#include <stdexcept>

#include <sqlite3.h>

namespace desist::test {

std::string make_database(const std::string& path) {
  sqlite3* database = nullptr;
  const int opened = sqlite3_open(path.c_str(), &database);
  const int filled = sqlite3_exec(database, "create table t (n integer); insert into t values (1), (2);",
                                  nullptr, nullptr, nullptr);
  sqlite3_close(database);
  if (opened != SQLITE_OK || filled != SQLITE_OK) throw std::runtime_error("no database at " + path);
  return path;
}

}  // namespace desist::test
