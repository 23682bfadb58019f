#include "cli/nearest.hpp"

#include <doctest/doctest.h>

using desist::cli::edit_distance;
using desist::cli::nearest;

TEST_CASE("a letter dropped, added, changed or swapped is one slip") {
  CHECK(edit_distance("timeout", "timeout") == 0);
  CHECK(edit_distance("timout", "timeout") == 1);
  CHECK(edit_distance("timeoout", "timeout") == 1);
  CHECK(edit_distance("timeaut", "timeout") == 1);
  CHECK(edit_distance("tiemout", "timeout") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("GET", "get") == 0);
}

TEST_CASE("the nearest known word is suggested, and none that is far") {
  const std::vector<std::string> known = {"listen", "max_head", "max_headers", "max_body"};
  CHECK(nearest("lisen", known) == "listen");
  CHECK(nearest("max_haed", known) == "max_head");
  CHECK(nearest("max_hedaers", known) == "max_headers");
  CHECK(nearest("port", known).empty());
  CHECK(nearest("of", {"on"}) == "on");
  CHECK(nearest("x", {}).empty());
}
