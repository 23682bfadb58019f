#include "examples.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace desist::test {

std::string example(const std::string& name) {
  return DESIST_EXAMPLES "/" + name;
}

std::string example_source(const std::string& file) {
  std::ifstream source(DESIST_EXAMPLE_SOURCES "/" + file);
  if (!source) throw std::runtime_error("no example " + file);
  return {std::istreambuf_iterator<char>(source), {}};
}

}  // namespace desist::test
