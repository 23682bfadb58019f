#include "desist/query.hpp"

#include <array>
#include <charconv>
#include <stdexcept>

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

template <class T>
const T& typed(const Query& query, std::string_view name, const char* type) {
  const ParamValue* const value = query.find(name);
  if (value == nullptr) throw std::logic_error("no parameter is named '" + std::string(name) + "'");
  const T* const typed_value = std::get_if<T>(value);
  if (typed_value == nullptr) {
    throw std::logic_error("the parameter '" + std::string(name) + "' was not declared as " + type);
  }
  return *typed_value;
}

}  // namespace

std::string to_text(const ParamValue& value) {
  return std::visit(Text{}, value);
}

const std::string& Query::text(std::string_view name) const {
  return typed<std::string>(*this, name, "text");
}
std::int64_t Query::integer(std::string_view name) const {
  return typed<std::int64_t>(*this, name, "an integer");
}
double Query::number(std::string_view name) const {
  return typed<double>(*this, name, "a number");
}

const ParamValue* Query::find(std::string_view name) const noexcept {
  const auto found = params.find(name);
  return found == params.end() ? nullptr : &found->second;
}

}  // namespace desist
