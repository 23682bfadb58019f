#pragma once

#include <memory>
#include <string>
#include <variant>

#include "desist/api.hpp"
#include "desist/error.hpp"
#include "desist/reader.hpp"

namespace desist {

/// What a Store answers: a content type, and bytes or a pull reader. Move-only.
class DESIST_API Payload {
 public:
  static Payload text(std::string bytes);  ///< text/plain; charset=utf-8
  static Payload json(std::string bytes);  ///< application/json; the caller vouches for it
  /// Bytes of any type: "type/subtype", with parameters where it has some. Throws std::invalid_argument for
  /// what does not look like one; whether the bytes are of it is not checked.
  static Payload bytes(std::string content_type, std::string bytes);
  /// Bytes to come: pulled by whoever serves the payload, while the request's Context is alive. Throws
  /// std::invalid_argument as `bytes` does, and where `reader` is null.
  static Payload stream(std::string content_type, std::unique_ptr<Reader> reader);

  /// As it was given.
  [[nodiscard]] const std::string& content_type() const noexcept { return content_type_; }
  [[nodiscard]] bool is_json() const;  ///< application/json or …+json, parameters and case aside
  /// Whether it holds a reader instead of bytes.
  [[nodiscard]] bool is_stream() const noexcept { return body_.index() == 1; }

  /// The bytes; a stream is read to its end first, for which it may wait until `ctx` stops. Errors: the
  /// reader's; `too_large` beyond `max_bytes`.
  [[nodiscard]] Result<std::string> collect(const Context& ctx, std::size_t max_bytes) &&;

  /// The bytes of a payload that is not a stream; throws std::bad_variant_access for one that is.
  [[nodiscard]] std::string take_bytes() &&;
  /// The reader of a stream; throws std::bad_variant_access for other payloads.
  [[nodiscard]] std::unique_ptr<Reader> take_reader() &&;

 private:
  Payload(std::string content_type, std::variant<std::string, std::unique_ptr<Reader>> body);
  std::string content_type_;
  std::variant<std::string, std::unique_ptr<Reader>> body_;
};

}  // namespace desist
