#include "store/utf8.hpp"

#include <string_view>

#include <doctest/doctest.h>

using desist::is_utf8;

TEST_CASE("only well-formed UTF-8 is taken for it") {
  CHECK(is_utf8(""));
  CHECK(
      is_utf8("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF \xEE\x80\x80 \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
  for (const std::string_view bad :
       {"\x80", "\xC1\xBF", "\xC2", "\xC2 ", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF0\x90\x80", "a\xFF"}) {
    CAPTURE(bad.size());
    CHECK_FALSE(is_utf8(bad));
  }
}
