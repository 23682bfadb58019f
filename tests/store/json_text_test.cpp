#include "store/json_text.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "store/utf8.hpp"

namespace desist {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view replacement = "\xEF\xBF\xBD";

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

// What a reader of the JSON string gets.
std::string read_back(std::string_view text) {
  return nlohmann::json::parse(quoted(text)).get<std::string>();
}

std::string repeat(std::string_view text, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += text;
  return out;
}

TEST_CASE("a text of every byte that ASCII has reads back from its JSON string") {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  CHECK(read_back(all) == all);
  CHECK(quoted("a\"b\\c\n\x01\x1f") == R"("a\"b\\c\n\u0001\u001f")");
  CHECK(quoted("") == R"("")");
}

TEST_CASE("every character of Unicode passes through unchanged") {
  std::string text;
  for (std::uint32_t c = 0x80; c <= 0x10FFFF; c += (c < 0x3000 ? 1 : 97)) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    if (c < 0x800) {
      text += static_cast<char>(0xC0 | (c >> 6));
    } else if (c < 0x10000) {
      text += static_cast<char>(0xE0 | (c >> 12));
      text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    } else {
      text += static_cast<char>(0xF0 | (c >> 18));
      text += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
      text += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    }
    text += static_cast<char>(0x80 | (c & 0x3F));
  }
  CHECK(is_utf8(text));
  CHECK(read_back(text) == text);
}

TEST_CASE("each maximal part of what is not UTF-8 becomes one replacement character") {
  struct Case {
    std::string_view text;
    int replaced;
  };
  const std::vector<Case> cases = {
      {"\x80"sv, 1},              // a following byte alone
      {"\xFF\xFE"sv, 2},          // bytes that stand nowhere
      {"\xC0\xAF"sv, 2},          // an overlong slash
      {"\xE0\x80\xAF"sv, 3},      // the same in three bytes
      {"\xED\xA0\x80"sv, 3},      // a surrogate
      {"\xF4\x90\x80\x80"sv, 4},  // beyond U+10FFFF
      {"\xF0\x9F\x92"sv, 1},      // cut short at the end
      {"\xE2\x82"sv, 1},
      {"\xC3"sv, 1},
  };
  for (const Case& one : cases) {
    CAPTURE(
        nlohmann::json(std::string(one.text)).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
    CHECK_FALSE(is_utf8(one.text));
    CHECK(read_back("a" + std::string(one.text) + "z") == "a" + repeat(replacement, one.replaced) + "z");
  }
  CHECK(read_back("\xE2\x82\xE2\x82\xAC") == std::string(replacement) + "\xE2\x82\xAC");
}

TEST_CASE("a string that would pass the limit is given up near the limit") {
  std::string out;
  CHECK(append_json_string(out, std::string(98, 'x'), 100));
  CHECK(out.size() == 100);
  for (const std::string& text :
       {std::string(99, 'x'), std::string(1 << 20, '\x01'), std::string(1 << 20, 'x')}) {
    out.clear();
    CHECK_FALSE(append_json_string(out, text, 100));
    CHECK(out.size() <= 110);
  }
}

TEST_CASE("a JSON value is told from what only begins like one, or would break the document around it") {
  for (const std::string_view text :
       {"1"sv, " [1, {\"a\": null}]\n"sv, "\"\\u00e4\""sv, "true"sv, "-0.5e3"sv}) {
    CAPTURE(text);
    CHECK(is_json_value(text));
  }
  for (const std::string_view text :
       {""sv, " "sv, "1 2"sv, "{"sv, "{'a':1}"sv, "[1,]"sv, "nul"sv, "\"\xFF\""sv, "1\0"sv,
        "[1]\0, \"b\": 2"sv, "\xEF\xBB\xBF[1]"sv, "// no\n1"sv, "NaN"sv, "1}, {\"b\": 2"sv}) {
    CAPTURE(text);
    CHECK_FALSE(is_json_value(text));
  }
}

}  // namespace
}  // namespace desist
