#include "cli/units.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using desist::Duration;
using desist::cli::parse_duration;
using desist::cli::parse_endpoint;
using desist::cli::parse_size;

TEST_CASE("a duration is a whole number and a unit") {
  CHECK(parse_duration("250ms").value() == Duration(250ms));
  CHECK(parse_duration("10s").value() == Duration(10s));
  CHECK(parse_duration("5m").value() == Duration(5min));
  CHECK(parse_duration("1h").value() == Duration(1h));
  CHECK(parse_duration("0s").value() == Duration(0s));
  CHECK(parse_duration("8760h").value() == Duration(8760h));
}

TEST_CASE("what is no duration is refused, however odd") {
  for (const char* text : {"", "s", "10", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1m30s", "1d", "1S",
                           "8761h", "99999999999999999999s", "9223372036854775807h", "0x10s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("a size is a whole number and a binary unit") {
  CHECK(parse_size("0B").value() == 0);
  CHECK(parse_size("512B").value() == 512);
  CHECK(parse_size("32KiB").value() == 32768);
  CHECK(parse_size("1MiB").value() == 1048576);
}

TEST_CASE("what is no size is refused, however odd") {
  for (const char* text :
       {"", "B", "32", "32KB", "1MB", "-1B", "1.5MiB", "1 MiB", "1GiB", "9223372036854775807MiB"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_size(text).has_value());
  }
}

TEST_CASE("an address is IPv4 or bracketed IPv6, and a port") {
  const auto ipv4 = parse_endpoint("127.0.0.1:8080").value();
  CHECK(ipv4.address == "127.0.0.1");
  CHECK(ipv4.port == 8080);
  const auto ipv6 = parse_endpoint("[::1]:0").value();
  CHECK(ipv6.address == "::1");
  CHECK(ipv6.port == 0);
  CHECK(parse_endpoint("0.0.0.0:65535").value().port == 65535);
}

TEST_CASE("what is no address is refused, however odd") {
  for (const char* text : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
                           "127.0.0.1:80x", "localhost:80", "256.0.0.1:80", "127.1:80", "::1", "::1:8080",
                           "[::1]", "[::1", "[]:80", "[127.0.0.1]:80", "[::1]80", "127.0.0.1:80:90"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_endpoint(text).has_value());
  }
}

TEST_CASE("amounts are written in the largest unit without a rest") {
  CHECK(desist::cli::to_text(Duration(90s)) == "90s");
  CHECK(desist::cli::to_text(Duration(120s)) == "2m");
  CHECK(desist::cli::to_text(Duration(1500ms)) == "1500ms");
  CHECK(desist::cli::to_text(Duration(0s)) == "0ms");
  CHECK(desist::cli::size_text(32768) == "32KiB");
  CHECK(desist::cli::size_text(1000) == "1000B");
}
