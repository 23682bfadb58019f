#include "server/params.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

using desist::Param;
using desist::ParamValue;
using desist::server::Params;

namespace {

using Declared = std::map<std::string, Param>;

/// "name=value ..." in the order of names, or the refusal.
std::string read(const Params& params, const std::vector<std::string>& path, std::string_view query) {
  const auto values = params.read(path, query);
  if (!values) return values.error();
  std::string text;
  for (const auto& [name, value] : *values) {
    text += (text.empty() ? "" : " ") + name + "=";
    if (const auto* s = std::get_if<std::string>(&value)) text += *s;
    if (const auto* i = std::get_if<std::int64_t>(&value)) text += "i" + std::to_string(*i);
    if (const auto* d = std::get_if<double>(&value)) text += "d" + std::to_string(*d);
  }
  return text;
}

std::string refusal(const std::vector<std::string>& in_path, const Declared& declared) {
  try {
    const Params params("/route", in_path, declared);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("a value in the path must match its pattern as a whole") {
  const Params params("/r/{year}", {"year"}, Declared{{"year", {.pattern = "[0-9]{4}"}}});
  CHECK(read(params, {"2024"}, "") == "year=2024");
  CHECK(read(params, {"20245"}, "") == "Parameter \"year\" must match [0-9]{4} as a whole.");
  CHECK(read(params, {"x2024"}, "") == "Parameter \"year\" must match [0-9]{4} as a whole.");
  CHECK(read(params, {"2024\n"}, "") == "Parameter \"year\" must match [0-9]{4} as a whole.");
}

TEST_CASE("an undeclared parameter of the path has the default pattern") {
  const Params params("/r/{id}", {"id"}, {});
  CHECK(read(params, {"a_B.9-x"}, "") == "id=a_B.9-x");
  CHECK(read(params, {"-rf"}, "").rfind("Parameter \"id\" must match", 0) == 0);
  CHECK(read(params, {".."}, "").rfind("Parameter \"id\" must match", 0) == 0);
  CHECK(read(params, {std::string(128, 'a')}, "") == "id=" + std::string(128, 'a'));
  CHECK(read(params, {std::string(129, 'a')}, "").rfind("Parameter \"id\" must match", 0) == 0);
}

TEST_CASE("the default pattern refuses and takes what it would as a pattern of one's own") {
  const Params words("/r/{id}", {"id"}, {});
  const Params patterns("/r/{id}", {"id"},
                        Declared{{"id", {.pattern = "(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})"}}});
  const auto same = [&](const std::string& text) {
    CAPTURE(text);
    CHECK((read(words, {text}, "") == "id=" + text) == (read(patterns, {text}, "") == "id=" + text));
  };
  same("");
  for (int c = 0; c < 256; ++c) {
    const std::string one(1, static_cast<char>(c));
    for (const std::string& text : {one, "a" + one, one + "a", "a" + one + "a"}) same(text);
  }
  for (const std::size_t length : {127U, 128U, 129U}) same(std::string(length, 'a'));
}

TEST_CASE("an alternation in a pattern cannot slip out of the whole match") {
  const Params params("/r/{x}", {"x"}, Declared{{"x", {.pattern = "a|b"}}});
  CHECK(read(params, {"a"}, "") == "x=a");
  CHECK(read(params, {"b"}, "") == "x=b");
  CHECK(read(params, {"ax"}, "").rfind("Parameter", 0) == 0);
  CHECK(read(params, {"xb"}, "").rfind("Parameter", 0) == 0);
}

TEST_CASE("a query parameter is decoded, with '+' as a space") {
  const Params params("/r", {}, Declared{{"q", {.pattern = ".*"}}});
  CHECK(read(params, {}, "q=a+b%2Bc%26d") == "q=a b+c&d");
  CHECK(read(params, {}, "%71=x") == "q=x");
  CHECK(read(params, {}, "q=") == "q=");
  CHECK(read(params, {}, "q") == "q=");
  CHECK(read(params, {}, "q=a=b") == "q=a=b");
  CHECK(read(params, {}, "q=a;b") == "q=a;b");
  CHECK(read(params, {}, "q=%e2%82%AC") == "q=\xE2\x82\xAC");
}

TEST_CASE("an unknown query parameter is ignored, whatever it looks like") {
  const Params params("/r/{year}", {"year"}, Declared{{"q", {.fallback = "none"}}});
  CHECK(read(params, {"1999"}, "x=1&x=2&%zz=3&=4&&&y=%zz&year=2024") == "q=none year=1999");
}

TEST_CASE("a query parameter that is missing has its default, or is required") {
  const Params params("/r", {}, Declared{{"a", {.fallback = "7"}}, {"b", {}}});
  CHECK(read(params, {}, "b=x") == "a=7 b=x");
  CHECK(read(params, {}, "a=8&b=x") == "a=8 b=x");
  CHECK(read(params, {}, "a=8") == "Parameter \"b\" is required.");
}

TEST_CASE("a repeated query parameter is refused, even with the same value") {
  const Params params("/r", {}, Declared{{"a", {.fallback = "7"}}});
  CHECK(read(params, {}, "a=1&a=1") == "Parameter \"a\" is given more than once.");
  CHECK(read(params, {}, "a=1&%61=1") == "Parameter \"a\" is given more than once.");
}

TEST_CASE("an escape that is none is refused") {
  const Params params("/r", {}, Declared{{"a", {.pattern = ".*"}}});
  for (const std::string query : {"a=%", "a=%4", "a=%4g", "a=%%41"}) {
    CAPTURE(query);
    CHECK(read(params, {}, query) ==
          "Parameter \"a\" has a '%' that is not followed by two hexadecimal digits.");
  }
}

TEST_CASE("a value must be UTF-8 without NUL, whatever its pattern allows") {
  const Params params("/r/{x}", {"x"}, Declared{{"x", {.pattern = "(?s).*"}}});
  for (const std::string& value :
       {std::string("a\0b", 3), std::string("\xFF"), std::string("\xC0\xAF"), std::string("\xED\xA0\x80"),
        std::string("\xF4\x90\x80\x80"), std::string("\xE2\x82")}) {
    CHECK(read(params, {value}, "") == "Parameter \"x\" is not UTF-8 text.");
  }
  CHECK(read(params, {"\xF4\x8F\xBF\xBF"}, "") == "x=\xF4\x8F\xBF\xBF");
}

TEST_CASE("integers and numbers arrive as such, and what does not fit is refused") {
  const Params params("/r", {},
                      Declared{{"i", {.type = Param::Type::integer, .fallback = "-1"}},
                               {"n", {.type = Param::Type::number, .fallback = "0.5"}}});
  CHECK(read(params, {}, "") == "i=i-1 n=d0.500000");
  CHECK(read(params, {}, "i=9223372036854775807&n=-2.5e3") == "i=i9223372036854775807 n=d-2500.000000");
  CHECK(read(params, {}, "i=9223372036854775808") == "Parameter \"i\" must be an integer of 64 bits.");
  CHECK(read(params, {}, "n=1e400") == "Parameter \"n\" must be a number that a double can hold.");
  CHECK(read(params, {}, "i=1.5").rfind("Parameter \"i\" must match", 0) == 0);
  CHECK(read(params, {}, "i=").rfind("Parameter \"i\" must match", 0) == 0);
  CHECK(read(params, {}, "n=nan").rfind("Parameter \"n\" must match", 0) == 0);
}

TEST_CASE("a loose pattern does not loosen the type") {
  const Params params("/r", {},
                      Declared{{"i", {.pattern = ".*", .type = Param::Type::integer, .fallback = "1"}},
                               {"n", {.pattern = ".*", .type = Param::Type::number, .fallback = "1"}}});
  for (const std::string value : {"", "x", "1x", "%201", "0x10", "+1"}) {
    CAPTURE(value);
    CHECK(read(params, {}, "i=" + value) == "Parameter \"i\" must be an integer of 64 bits.");
  }
  for (const std::string value : {"", "nan", "inf", "-infinity", "1,5", "1f"}) {
    CAPTURE(value);
    CHECK(read(params, {}, "n=" + value) == "Parameter \"n\" must be a number that a double can hold.");
  }
}

TEST_CASE("a pattern that cannot work is refused, naming route and parameter") {
  const std::string bad = refusal({"x"}, Declared{{"x", {.pattern = "[0-9"}}});
  CHECK(bad.rfind("route \"/route\": parameter \"x\": pattern [0-9 is not an RE2 pattern: ", 0) == 0);
  CHECK(refusal({}, Declared{{"x", {.pattern = "(a)\\1"}}}).find("is not an RE2 pattern") !=
        std::string::npos);
  CHECK(refusal({}, Declared{{"x", {.pattern = "((a{100}){100}){100}"}}}).find("is not an RE2 pattern") !=
        std::string::npos);
}

TEST_CASE("a default that its own pattern refuses, or that can never be used, is refused") {
  CHECK(refusal({}, Declared{{"x", {.pattern = "[0-9]+", .fallback = "many"}}}) ==
        "route \"/route\": parameter \"x\": its default would be refused: Parameter \"x\" must match [0-9]+ "
        "as a whole.");
  CHECK(refusal({"x"}, Declared{{"x", {.fallback = "7"}}}) ==
        "route \"/route\": parameter \"x\": it stands in the path, where a default is never used");
}
