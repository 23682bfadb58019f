#include "server/text.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace desist::server;

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

}  // namespace

TEST_CASE("what could end a line or steer a terminal is escaped") {
  CHECK(escaped("plain text, 100 %") == "plain text, 100 %");
  CHECK(escaped("a\nb\r\tc") == "a\\nb\\r\\tc");
  CHECK(escaped("\"\\") == "\\\"\\\\");
  CHECK(escaped("\033[31m\x07\x7f") == "\\u001b[31m\\u0007\\u007f");
  CHECK(escaped(std::string("\0", 1)) == "\\u0000");
  CHECK(escaped("\xC2\x9B"
                "31m") == "\\u009b31m");
}

TEST_CASE("UTF-8 passes, and what is not becomes a replacement character for each byte") {
  CHECK(escaped("Käse \xE2\x82\xAC \xF0\x9F\x98\x80") == "Käse \xE2\x82\xAC \xF0\x9F\x98\x80");
  CHECK(escaped("\xFF"
                "a") ==
        "\xEF\xBF\xBD"
        "a");
  CHECK(escaped("\xE2\x82") == "\xEF\xBF\xBD");
  CHECK(escaped("\xC0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD");
}
