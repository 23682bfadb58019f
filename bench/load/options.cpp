#include "options.hpp"

#include <stdexcept>

namespace load {

Options::Options(int argc, char** argv) {
  if (argc < 2 || argc % 2 != 0) throw std::invalid_argument("a mode, then --name value pairs");
  mode_ = argv[1];
  for (int i = 2; i < argc; i += 2) {
    const std::string name = argv[i];
    if (!name.starts_with("--")) throw std::invalid_argument("not an option: " + name);
    given_[name.substr(2)] = argv[i + 1];
  }
}

std::string Options::text(const std::string& name, const std::string& otherwise) {
  const auto found = given_.extract(name);
  return found ? found.mapped() : otherwise;
}

std::string Options::text(const std::string& name) {
  const auto found = given_.extract(name);
  if (!found) throw std::invalid_argument("missing: --" + name);
  return found.mapped();
}

std::int64_t Options::number(const std::string& name, std::int64_t otherwise) {
  const std::string given = text(name, "");
  return given.empty() ? otherwise : std::stoll(given);
}

void Options::expect_no_more() const {
  if (!given_.empty()) throw std::invalid_argument("unknown: --" + given_.begin()->first);
}

}  // namespace load
