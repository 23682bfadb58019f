#include "sources/command_template.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "sources/process_output.hpp"

using namespace desist;

namespace {

using Words = std::vector<std::string>;

CommandTemplate parsed(const Words& argv) {
  auto result = CommandTemplate::parse(argv);
  REQUIRE_MESSAGE(result.has_value(), (result ? std::string() : result.error().message));
  return *result;
}

Query with(std::map<std::string, ParamValue, std::less<>> params) {
  Query query;
  query.params = std::move(params);
  return query;
}

Words filled(const Words& argv, const Query& query,
             Command::LeadingDash dash = Command::LeadingDash::refused) {
  auto result = parsed(argv).fill(query, dash);
  REQUIRE_MESSAGE(result.has_value(), (result ? std::string() : result.error().message));
  return *result;
}

std::string refused(const Words& argv, const Query& query) {
  auto result = parsed(argv).fill(query, Command::LeadingDash::refused);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::invalid);
  return result.error().message;
}

std::string malformed(const Words& argv) {
  auto result = CommandTemplate::parse(argv);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::invalid);
  return result.error().message;
}

}  // namespace

TEST_CASE("command template: a value fills its part of one argument, whatever it holds") {
  const Query query = with({{"a", std::string("x y; $(rm) '\"{b}")}, {"b", std::int64_t{-7}}, {"c", 0.5}});
  CHECK(filled({"p", "--from={a}!", "{c}{b}", "{{a}}", "{{{a}}}", ""}, query) ==
        Words{"p", "--from=x y; $(rm) '\"{b}!", "0.5-7", "{a}", "{x y; $(rm) '\"{b}}", ""});
  CHECK(parsed({"p", "{b}{a}", "{b}"}).parameters() == Words{"b", "a"});
}

TEST_CASE("command template: a value never begins an argument with a dash unless that is allowed") {
  const Query query = with({{"v", std::string("-rf")}, {"n", std::int64_t{-7}}, {"empty", std::string()}});
  CHECK(refused({"p", "{v}"}, query).find("'v'") != std::string::npos);
  CHECK(refused({"p", "{n}"}, query).find("'n'") != std::string::npos);
  CHECK(refused({"p", "{empty}{v}"}, query).find("'v'") != std::string::npos);
  CHECK(filled({"p", "x{v}", "--n={n}", "{empty}"}, query) == Words{"p", "x-rf", "--n=-7", ""});
  CHECK(filled({"p", "{v}"}, query, Command::LeadingDash::allowed) == Words{"p", "-rf"});
}

TEST_CASE("command template: a missing parameter or a NUL byte is refused") {
  CHECK(refused({"p", "{v}"}, {}).find("'v'") != std::string::npos);
  CHECK(refused({"p", "x{v}"}, with({{"v", std::string("a\0b", 3)}})).find("NUL") != std::string::npos);
}

TEST_CASE("command template: braces that do not match are refused, with the word") {
  CHECK(malformed({"p", "--year={year"}) ==
        "argv[1] \"--year={year\": a '{' that is not closed; a brace as such is written '{{'");
  CHECK(malformed({"p", "a}b"}).find("closes nothing") != std::string::npos);
  CHECK(malformed({"p", "{}"}).find("names no parameter") != std::string::npos);
  CHECK(malformed({"p", "{a b}"}).find("names no parameter") != std::string::npos);
  CHECK(malformed({"p", std::string("a\0b", 3)}).find("NUL") != std::string::npos);
  CHECK(malformed({"{p}"}).find("argv[0]") != std::string::npos);
  CHECK(malformed({}).find("no program") != std::string::npos);
}

TEST_CASE("one line: controls are escaped, broken UTF-8 is replaced, the rest stays") {
  CHECK(process::one_line("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80") ==
        "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80");
  CHECK(process::one_line(std::string_view("a\nb\tc\rd\0e\x7F", 10)) == "a\\nb\\tc\\rd\\x00e\\x7f");
  CHECK(process::one_line("\xC2\x85\xE2\x80\xA8\xE2\x80\xAE") == "\\x85\\u2028\\u202e");
  const std::string bad = "\xEF\xBF\xBD";
  CHECK(process::one_line("\xC0\x80") == bad + bad);                      // overlong
  CHECK(process::one_line("\xED\xA0\x80") == bad + bad + bad);            // a surrogate
  CHECK(process::one_line("\xF4\x90\x80\x80") == bad + bad + bad + bad);  // beyond U+10FFFF
  CHECK(process::one_line("x\xE2\x82") == "x" + bad);                     // cut short
}

TEST_CASE("tail: keeps the end, at a character's boundary, and says that there was more") {
  process::Tail tail;
  tail.append("short \n");
  CHECK(tail.line() == "short");
  for (int i = 0; i < 3000; ++i) tail.append("\xE2\x82\xAC");
  const std::string line = tail.line();
  CHECK(line.starts_with("\xE2\x80\xA6\xE2\x82\xAC"));
  CHECK(line.size() <= process::Tail::size + 3);
  CHECK(line.find("\xEF\xBF\xBD") == std::string::npos);
  process::Tail big;
  big.append(std::string(100'000, 'x') + "end");
  CHECK(big.line().size() == process::Tail::size + 3);
  CHECK(big.line().ends_with("xend"));
}
