#pragma once

/// Decodes a chunked body (RFC 9112, section 7.1): sizes, extensions, data, trailers.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "front/fault.hpp"
#include "front/fields.hpp"

namespace desist::front {

class ChunkReader {
 public:
  /// Appends what it decodes to `body`, which begins empty and never grows beyond `max_body`. Extensions and
  /// trailers are checked, paid for from `room`, and dropped.
  Step consume(std::string_view input, HeadRoom& room, std::string& body, std::size_t max_body);

  [[nodiscard]] bool complete() const noexcept { return state_ == State::complete; }

 private:
  enum class State : std::uint8_t { size, extension, size_end, data, data_cr, data_lf, trailers, complete };

  Step advance(std::string_view input, HeadRoom& room, std::string& body, std::size_t max_body);
  std::optional<Fault> take_size(char c, std::size_t room_in_body);
  std::optional<Fault> take_extension(char c, HeadRoom& room);
  std::optional<Fault> end_size(char c);
  Step read_data(std::string_view input, std::string& body);
  Step read_trailers(std::string_view input, HeadRoom& room);
  std::optional<Fault> expect(char wanted, char c, State next);

  State state_ = State::size;
  std::uint8_t digits_ = 0;
  std::size_t left_ = 0;  ///< of this chunk: its size, then what of its data is still to come
  std::string extension_;
  FieldReader trailers_;
};

}  // namespace desist::front
