#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/units.hpp"

namespace desist::cli {

/// Letters, digits and '_', not beginning with a digit: what a parameter may be called, everywhere.
[[nodiscard]] bool is_parameter_name(std::string_view name) noexcept;

/// The names in one argument of a command: "--year={year}". `{{` and `}}` stand for braces.
[[nodiscard]] Read<std::vector<std::string>> placeholders_of_argument(std::string_view argument);

/// The names of a statement's `:name` parameters, by SQLite's lexical rules: not those in strings, quoted
/// names and comments.
[[nodiscard]] Read<std::vector<std::string>> placeholders_of_sql(std::string_view sql);

/// The names in a route's path, in their order: "/reports/{year}". Whole segments only.
[[nodiscard]] Read<std::vector<std::string>> placeholders_of_path(std::string_view path);

}  // namespace desist::cli
