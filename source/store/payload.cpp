#include "desist/payload.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "store/media_type.hpp"

namespace desist {
namespace {

/// Names what was given in its place: perhaps the answer itself.
[[noreturn]] void refuse_type(std::string text) {
  constexpr std::size_t most = 60;
  const bool whole = text.size() <= most;
  text.resize(std::min(text.size(), most));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  throw std::invalid_argument("a payload's content type, its first argument, is like \"text/html\", not \"" +
                              text + (whole ? "\"" : "…\""));
}

std::string checked(std::string content_type) {
  if (!is_content_type(content_type)) refuse_type(std::move(content_type));
  return content_type;
}

}  // namespace

Payload::Payload(std::string content_type, std::variant<std::string, std::unique_ptr<Reader>> body)
    : content_type_(std::move(content_type)), body_(std::move(body)) {}

Payload Payload::text(std::string bytes) {
  return Payload("text/plain; charset=utf-8", std::move(bytes));
}

Payload Payload::json(std::string bytes) {
  return Payload("application/json", std::move(bytes));
}

Payload Payload::bytes(std::string content_type, std::string bytes) {
  return Payload(checked(std::move(content_type)), std::move(bytes));
}

Payload Payload::stream(std::string content_type, std::unique_ptr<Reader> reader) {
  if (reader == nullptr) throw std::invalid_argument("a payload's stream has no reader");
  return Payload(checked(std::move(content_type)), std::move(reader));
}

bool Payload::is_json() const {
  const std::string type = media_type(content_type_);
  return type == "application/json" || type.ends_with("+json");
}

Result<std::string> Payload::collect(const Context& ctx, std::size_t max_bytes) && {
  if (!is_stream()) {
    std::string bytes = std::move(*this).take_bytes();
    if (bytes.size() > max_bytes) {
      return failure(ErrorCode::too_large, std::to_string(bytes.size()) + " bytes, more than the limit of " +
                                               std::to_string(max_bytes));
    }
    return bytes;
  }
  // Stops are the reader's to notice: it is what waits, and only it knows whether its data was complete by
  // then.
  const std::unique_ptr<Reader> reader = std::move(*this).take_reader();
  std::string bytes;
  std::array<char, 16384> chunk;
  for (;;) {
    Result<std::size_t> got = reader->read(ctx, chunk);
    if (!got) return tl::unexpected(std::move(got.error()));
    if (*got == 0) return bytes;
    if (*got > max_bytes - bytes.size()) {
      return failure(ErrorCode::too_large, "more than the limit of " + std::to_string(max_bytes) + " bytes");
    }
    bytes.append(chunk.data(), *got);
  }
}

std::string Payload::take_bytes() && {
  return std::move(std::get<std::string>(body_));
}

std::unique_ptr<Reader> Payload::take_reader() && {
  return std::move(std::get<std::unique_ptr<Reader>>(body_));
}

}  // namespace desist
