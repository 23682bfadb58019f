#pragma once

#include <string>

namespace desist::test {

/// Makes an SQLite database with a table `t (n)` of two rows, and returns its path.
std::string make_database(const std::string& path);

}  // namespace desist::test
