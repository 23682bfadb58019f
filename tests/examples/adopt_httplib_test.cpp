#include <string>

#include <doctest/doctest.h>

#include "examples.hpp"

namespace desist::test {

TEST_CASE("the example with a server of somebody else's says in a line that it could not begin") {
  for (const char* descriptors : {"4", "6"}) {  // too few to connect, and to find the socket
    CAPTURE(descriptors);
    const std::string limited =
        "ulimit -n " + std::string(descriptors) + " && exec " + example("adopt_httplib");
    Program program({.arguments = {"-c", limited}, .path = "/bin/sh"});
    CHECK(program.exit_status() == 1);
    CHECK(program.errors() == "adopt_httplib: no port, no descriptor or no /proc to be had\n");
  }
}

}  // namespace desist::test
