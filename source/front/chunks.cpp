#include "front/chunks.hpp"

#include <algorithm>

#include "front/characters.hpp"
#include "front/framing.hpp"
#include "front/grammar.hpp"

namespace desist::front {
namespace {

constexpr std::size_t most_digits = 16;    // what 64 bits hold: a size never overflows
constexpr std::size_t longest_line = 256;  // size and extensions

constexpr Fault bad_size{400, "A chunk must begin with its size: 1 to 16 hexadecimal digits, then CR LF."};
constexpr Fault bad_extension{
    400, "A chunk's extensions must be ;name or ;name=value, at most 256 bytes a chunk."};
constexpr Fault bad_end{400, "A chunk must end where its size says, in CR LF."};
constexpr Fault long_body{413, "The body is longer than this server takes."};
constexpr Fault long_extensions{431, "The chunk extensions are longer than this server takes."};

bool well_formed_extensions(std::string_view text) {
  Cursor cursor(text);
  while (!cursor.at_end()) {
    cursor.skip_blanks();
    if (!cursor.take(';')) return false;
    cursor.skip_blanks();
    if (!cursor.parameter()) return false;
  }
  return true;
}

}  // namespace

Step ChunkReader::consume(std::string_view input, HeadRoom& room, std::string& body, std::size_t max_body) {
  std::size_t used = 0;
  while (used < input.size() && state_ != State::complete) {
    const Step step = advance(input.substr(used), room, body, max_body);
    used += step.used;
    if (step.fault) return {used, step.fault};
  }
  return {used, {}};
}

Step ChunkReader::advance(std::string_view input, HeadRoom& room, std::string& body, std::size_t max_body) {
  switch (state_) {
    case State::size:
      return {1, take_size(input.front(), max_body - body.size())};
    case State::extension:
      return {1, take_extension(input.front(), room)};
    case State::size_end:
      return {1, end_size(input.front())};
    case State::data:
      return read_data(input, body);
    case State::data_cr:
      return {1, expect('\r', input.front(), State::data_lf)};
    case State::data_lf:
      return {1, expect('\n', input.front(), State::size)};
    case State::trailers:
      return read_trailers(input, room);
    case State::complete:
      break;
  }
  return {0, {}};
}

std::optional<Fault> ChunkReader::take_size(char c, std::size_t room_in_body) {
  if (is(Class::hex, c)) {
    if (digits_ == most_digits) return bad_size;
    ++digits_;
    left_ = left_ * 16 + hex_value(c);
    if (left_ > room_in_body) return long_body;
    return {};
  }
  if (digits_ == 0) return bad_size;
  if (c == '\r') {
    state_ = State::size_end;
    return {};
  }
  if (c != ';' && !is_blank(c)) return bad_size;
  extension_.assign(1, c);
  state_ = State::extension;
  return {};
}

std::optional<Fault> ChunkReader::take_extension(char c, HeadRoom& room) {
  if (c == '\r') {
    if (!well_formed_extensions(extension_)) return bad_extension;
    state_ = State::size_end;
    return {};
  }
  if (!is(Class::field, c) || digits_ + extension_.size() == longest_line) return bad_extension;
  if (room.bytes == 0) return long_extensions;
  --room.bytes;
  extension_ += c;
  return {};
}

std::optional<Fault> ChunkReader::end_size(char c) {
  if (auto fault = expect('\n', c, left_ == 0 ? State::trailers : State::data)) return fault;
  digits_ = 0;
  return {};
}

Step ChunkReader::read_data(std::string_view input, std::string& body) {
  const std::string_view data = input.substr(0, left_);
  body.append(data);
  left_ -= data.size();
  if (left_ == 0) state_ = State::data_cr;
  return {data.size(), {}};
}

Step ChunkReader::read_trailers(std::string_view input, HeadRoom& room) {
  const Step step = trailers_.consume(input, room);
  if (step.fault || !trailers_.complete()) return step;
  state_ = State::complete;
  return {step.used, fault_of_trailers(trailers_.fields)};
}

std::optional<Fault> ChunkReader::expect(char wanted, char c, State next) {
  if (c != wanted) return state_ == State::size_end ? bad_size : bad_end;
  state_ = next;
  return {};
}

}  // namespace desist::front
