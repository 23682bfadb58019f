#include "desist/payload.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace desist {
namespace {

/// Gives a text in pieces of a few bytes, then an error where it has one.
class PiecesReader final : public Reader {
 public:
  PiecesReader(std::string text, std::size_t piece, std::optional<Error> error = std::nullopt)
      : text_(std::move(text)), piece_(piece), error_(std::move(error)) {}

  Result<std::size_t> read(const Context& /*ctx*/, std::span<char> buffer) override {
    const std::size_t size = std::min({piece_, buffer.size(), text_.size() - at_});
    if (size == 0 && error_) return tl::unexpected(*error_);
    std::copy_n(text_.data() + at_, size, buffer.data());
    at_ += size;
    return size;
  }

 private:
  std::string text_;
  std::size_t piece_;
  std::optional<Error> error_;
  std::size_t at_ = 0;
};

Payload stream_of(std::string text, std::size_t piece, std::optional<Error> error = std::nullopt) {
  return Payload::stream("text/plain",
                         std::make_unique<PiecesReader>(std::move(text), piece, std::move(error)));
}

TEST_CASE("a payload of bytes gives back its bytes and its content type") {
  CHECK(Payload::text("hello").content_type() == "text/plain; charset=utf-8");
  CHECK(Payload::json("[]").content_type() == "application/json");
  CHECK(Payload::bytes("image/png", "x").content_type() == "image/png");
  CHECK_FALSE(Payload::text("hello").is_stream());
  CHECK(Payload::text("hello").take_bytes() == "hello");
  CHECK(Payload::text("hello").collect(Context(), 5).value() == "hello");
}

TEST_CASE("JSON is told by its media type, whatever its case and parameters") {
  for (const char* type : {"application/json", "Application/JSON; charset=utf-8",
                           "application/problem+json ;q=1", "application/vnd.api+json"}) {
    CAPTURE(type);
    CHECK(Payload::bytes(type, "1").is_json());
  }
  for (const char* type :
       {"application/jsonp", "application/json-seq", "text/json+xml", "text/plain;+json"}) {
    CAPTURE(type);
    CHECK_FALSE(Payload::bytes(type, "1").is_json());
  }
}

TEST_CASE("what is no content type is refused, and what would be one is said") {
  for (const char* type : {"text/plain", "image/svg+xml", "application/vnd.oasis.opendocument.text",
                           "Text/HTML;charset=utf-8", "multipart/mixed \t; boundary=\"a b\""}) {
    CAPTURE(type);
    CHECK(Payload::bytes(type, "x").content_type() == type);
  }
  for (const char* type : {"", "/", "text", "text/", "/plain", " text/plain", "text/plain ",
                           "text/plain utf-8", "text/a/b", "a b/c", "text/plain\r\nSet-Cookie: a=b",
                           "text/plain; \x01", "text/plain; name=\xc3\xa9", "<html></html>"}) {
    CAPTURE(type);
    CHECK_THROWS_AS(Payload::bytes(type, "x"), std::invalid_argument);
    CHECK_THROWS_AS(Payload::stream(type, std::make_unique<PiecesReader>("x", 1)), std::invalid_argument);
  }
  CHECK_THROWS_WITH(Payload::bytes("<p>1</p>\n", "text/html"),
                    "a payload's content type, its first argument, is like \"text/html\", not \"<p>1</p>?\"");
  CHECK_THROWS_WITH(Payload::bytes(std::string(100, 'x'), "text/html"),
                    ("a payload's content type, its first argument, is like \"text/html\", not \"" +
                     std::string(60, 'x') + "…\"")
                        .c_str());
}

TEST_CASE("a stream without a reader is refused") {
  CHECK_THROWS_AS(Payload::stream("text/plain", nullptr), std::invalid_argument);
}

TEST_CASE("collecting a stream gives all its bytes, in whatever pieces they come") {
  const std::string text(100'000, 'x');
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, text.size()}) {
    CHECK(stream_of(text, piece).is_stream());
    CHECK(stream_of(text, piece).collect(Context(), text.size()).value() == text);
  }
  CHECK(stream_of("", 1).collect(Context(), 0).value().empty());
}

TEST_CASE("a payload of a byte more than the limit is too large") {
  CHECK(Payload::text("hello").collect(Context(), 4).error().code == ErrorCode::too_large);
  CHECK(stream_of(std::string(1001, 'x'), 10).collect(Context(), 1000).error().code == ErrorCode::too_large);
  CHECK(stream_of(std::string(1000, 'x'), 10).collect(Context(), 1000).has_value());
}

TEST_CASE("an error of the reader is the outcome of collecting its stream") {
  const Error broken{ErrorCode::failed, "pipe broke", std::nullopt};
  const Result<std::string> got = stream_of("half of it", 3, broken).collect(Context(), 1000);
  REQUIRE_FALSE(got.has_value());
  CHECK(got.error().code == ErrorCode::failed);
  CHECK(got.error().message == "pipe broke");
}

TEST_CASE("bytes are taken of bytes only, and a reader of a stream only") {
  CHECK_THROWS_AS(static_cast<void>(Payload::text("x").take_reader()), std::bad_variant_access);
  CHECK_THROWS_AS(static_cast<void>(stream_of("x", 1).take_bytes()), std::bad_variant_access);
  CHECK(stream_of("x", 1).take_reader() != nullptr);
}

}  // namespace
}  // namespace desist
