#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "desist/api.hpp"

namespace desist {

/// A parameter's value, in the type that its route gave it.
using ParamValue = std::variant<std::string, std::int64_t, double>;

/// The value as text, as it stands in an argument or a log line.
DESIST_API [[nodiscard]] std::string to_text(const ParamValue& value);

/// What a Store is asked: parameters that have been checked, and the request's body. Copyable; a composite
/// hands the same Query to all its dependants.
struct DESIST_API Query {
  std::map<std::string, ParamValue, std::less<>> params;  ///< by name; all that the route declares
  std::string_view body;                                  ///< lives as long as the request

  /// The parameter of that name, as its route's handler reads it: every one that the route declares is there,
  /// in the type that it was declared with. Throws std::logic_error, naming it, where there is none of that
  /// name and type.
  [[nodiscard]] const std::string& text(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;  ///< see `text`
  [[nodiscard]] double number(std::string_view name) const;         ///< see `text`

  /// The same for those who cannot know what is declared: null where there is none. Lives as long as the
  /// Query.
  [[nodiscard]] const ParamValue* find(std::string_view name) const noexcept;
};

}  // namespace desist
