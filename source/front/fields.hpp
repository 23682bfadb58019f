#pragma once

/// Reads header lines, or trailer lines, up to and with the empty line that ends them (RFC 9112, section 5).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "front/fault.hpp"

namespace desist::front {

/// Names and values in their order; values without the blanks around them.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// The value of the first field of that name, in any case of letters; null where there is none.
[[nodiscard]] const std::string* find_field(const Fields& fields, std::string_view name) noexcept;

class FieldReader {
 public:
  Step consume(std::string_view input, HeadRoom& room);

  [[nodiscard]] bool complete() const noexcept { return state_ == State::complete; }

  Fields fields;  ///< those whose line is complete

 private:
  enum class State : std::uint8_t { line_start, name, before_value, value, value_end, section_end, complete };

  Step advance(std::string_view input, HeadRoom& room);
  Step read_name(std::string_view input, std::size_t max_line);
  Step read_value(std::string_view input, std::size_t max_line);
  Step skip_blanks(std::string_view input, std::size_t max_line);
  std::optional<Fault> begin_line(char c, HeadRoom& room);
  std::optional<Fault> end_field(char c);

  State state_ = State::line_start;
  std::size_t line_ = 0;  ///< bytes of this line so far
  std::string name_;
  std::string value_;
};

}  // namespace desist::front
