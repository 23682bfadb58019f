#pragma once

#include <string>

#include "desist/error.hpp"

namespace desist {

/// Where the program that `name` means lies, as an absolute path: `name` itself where it has a slash,
/// relative to `directory`; else the first executable file of that name in this process's PATH. Errors:
/// `invalid`, naming it.
[[nodiscard]] Result<std::string> find_program(const std::string& name, const std::string& directory);

}  // namespace desist
