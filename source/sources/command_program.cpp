#include "sources/command_program.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "sources/process_output.hpp"

namespace desist {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0;
}

// Relative parts of PATH mean this process's directory, as for a shell.
std::string absolute_path(const fs::path& path) {
  std::error_code error;
  const fs::path result = fs::absolute(path, error);
  return (error ? path : result).string();
}

}  // namespace

Result<std::string> find_program(const std::string& name, const std::string& directory) {
  const auto missing = [&name](const std::string& where) {
    return failure(ErrorCode::invalid, "no program '" + process::one_line(name) + "' " + where);
  };
  if (name.find('/') != std::string::npos) {
    const fs::path path = fs::path(directory) / name;  // an absolute name stays as it is
    std::error_code error;
    if (!fs::exists(path, error))
      return missing("(looked for " + process::one_line(absolute_path(path)) + ")");
    if (!is_executable(path)) {
      return failure(ErrorCode::invalid,
                     process::one_line(absolute_path(path)) + " is not an executable file");
    }
    return absolute_path(path);
  }
  const char* const variable = std::getenv("PATH");
  const std::string_view path = variable != nullptr ? variable : "/usr/local/bin:/usr/bin:/bin";
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find(':', begin), path.size());
    const fs::path candidate = fs::path(path.substr(begin, end - begin)) / name;
    if (is_executable(candidate)) return absolute_path(candidate);
    begin = end + 1;
  }
  return missing("in PATH; a program of one's own is named with a '/', such as './" +
                 process::one_line(name) + "'");
}

}  // namespace desist
