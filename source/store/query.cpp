#include "desist/query.hpp"

#include <array>
#include <charconv>

namespace desist {
namespace {

struct Text {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(std::int64_t number) const { return std::to_string(number); }
  // The shortest text that reads back as the same number.
  std::string operator()(double number) const {
    std::array<char, 32> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    return std::string(digits.data(), end);
  }
};

}  // namespace

std::string to_text(const ParamValue& value) {
  return std::visit(Text{}, value);
}

const ParamValue* Query::find(std::string_view name) const noexcept {
  const auto found = params.find(name);
  return found == params.end() ? nullptr : &found->second;
}

}  // namespace desist
