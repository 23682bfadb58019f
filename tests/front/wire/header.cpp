#include "front/wire/case.hpp"

namespace desist::test::wire {

using namespace std::string_literals;

Cases header_cases() {
  Cases cases{
      {"a header without blanks", post("X:y\r\n")},
      {"a header with blanks around its value", post("X: \t y \t \r\n")},
      {"a header with blanks within its value", post("X: y \t z\r\n")},
      {"an empty value", post("X:\r\n")},
      {"a value of blanks", post("X: \t \r\n")},
      {"a value of colons", post("X: ::a:b\r\n")},
      {"a value beyond ASCII", post("X: caf\xC3\xA9 \xFF\x80\r\n")},
      {"a name of odd token characters", post("!#$%&'*+-.^_`|~09Az: y\r\n")},
      {"a header twice", post("X: 1\r\nX: 2\r\n")},
      {"a value with an encoded space", post("X: a%20b\r\n")},
      {"a value with a lone percent sign", post("X: 100%\r\n")},
      {"a value with a doubled encoding", post("X: %250d%250a\r\n")},
      {"a value with half an escape", post("X: %0\r\n")},
      {"a value with an encoded tab", post("X: %09%0b\r\n")},
      {"a value with a wide escape of a letter", post("X: %u0041\r\n")},
      {"a name that contains REMOTE_ further on", post("X-REMOTE_ADDR: y\r\n")},
      {"a name that is REMOTE with a dash", post("REMOTE-ADDR: y\r\n")},
      {"a space before the colon", post("X : y\r\n"), 400, 0},
      {"a tab before the colon", post("X\t: y\r\n"), 400, 0},
      {"a space within the name", post("X Y: z\r\n"), 400, 0},
      {"no colon", post("X\r\n"), 400, 0},
      {"no colon but a space", post("X y\r\n"), 400, 0},
      {"an empty name", post(": y\r\n"), 400, 0},
      {"a name in quotes", post("\"X\": y\r\n"), 400, 0},
      {"a name with brackets", post("X[]: y\r\n"), 400, 0},
      {"a name with a slash", post("X/Y: z\r\n"), 400, 0},
      {"a name beyond ASCII", post("X\xE9: y\r\n"), 400, 0},
      {"a name with a NUL", post("X\0: y\r\n"s), 400, 0},
      {"a name with a control character", post("X\x01: y\r\n"), 400, 0},
      {"a name with a bare CR", post("X\r: y\r\n"), 400, 0},
      {"a value folded with a space", post("X: y\r\n z\r\n"), 400, 0},
      {"a value folded with a tab", post("X: y\r\n\tz\r\n"), 400, 0},
      {"a fold that is blank", post("X: y\r\n \r\n"), 400, 0},
      {"a fold before the first header", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, 0},
      {"a blank line of a space", "GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n", 400, 0},
      {"a value with a NUL", post("X: y\0z\r\n"s), 400, 0},
      {"a value with a DEL", post("X: y\x7F\r\n"), 400, 0},
      {"a value with a vertical tab", post("X: y\vz\r\n"), 400, 0},
      {"a value with a form feed", post("X: y\fz\r\n"), 400, 0},
      {"a value with a backspace", post("X: y\bz\r\n"), 400, 0},
      {"a value with an escape character", post("X: \x1B[2J\r\n"), 400, 0},
      {"a value with a bare CR", post("X: y\rz\r\n"), 400, 0},
      {"a value with a bare LF", post("X: y\nz: a\r\n"), 400, 0},
      {"a header that ends in a bare LF", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400, 0},
      {"a header that ends in CR CR LF", post("X: y\r\r\n"), 400, 0},
      {"a head that ends in a bare LF", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400, 0},
      {"a head that ends in a bare CR", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400, 0},
  };
  for (const char* hidden : {"%0d", "%0D", "%0a", "%0A", "%00", "a%0D%0Ab", "%u000d", "%u000A", "%u0000",
                             "%%0a", "%u%0a", "%0%0a"}) {
    cases.push_back({"a value that hides a break as " + std::string(hidden),
                     post("X: y" + std::string(hidden) + "z\r\n"), 400, 0});
  }
  for (const char* name : {"REMOTE_ADDR", "remote_addr", "Remote_Port", "REMOTE_", "LOCAL_ADDR", "local_port",
                           "LOCAL_X", "lOcAl_"}) {
    cases.push_back({"the reserved name " + std::string(name), post(std::string(name) + ": y\r\n"), 400, 0});
  }
  return cases;
}

Cases host_cases() {
  const auto host = [](const std::string& value) { return "GET / HTTP/1.1\r\nHost:" + value + "\r\n\r\n"; };
  return {
      {"Host with a name", host(" example.com")},
      {"Host with a port", host(" example.com:8080")},
      {"Host with an empty port", host(" example.com:")},
      {"Host with an address", host(" 127.0.0.1:80")},
      {"Host with an IPv6 address", host(" [2001:db8::1]")},
      {"Host with an IPv6 address and a port", host(" [::1]:8080")},
      {"Host with an underscore", host(" a_b")},
      {"Host with an encoded letter", host(" %61")},
      {"an empty Host", host("")},
      {"a blank Host", host("  ")},
      {"Host in any case", "GET / HTTP/1.1\r\nhOST: a\r\n\r\n"},
      {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n"},
      {"HTTP/1.1 without Host", "GET / HTTP/1.1\r\n\r\n", 400, 0},
      {"HTTP/1.1 with other headers than Host", "GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", 400, 0},
      {"Host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, 0},
      {"Host twice alike", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400, 0},
      {"Host twice, once empty", "GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n", 400, 0},
      {"Host twice in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, 0},
      {"a bad Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n", 400, 0},
      {"a list for Host", host(" a, b"), 400, 0},
      {"a list for Host without blanks", host(" a,b"), 400, 0},
      {"Host with a space", host(" a b"), 400, 0},
      {"Host with a path", host(" a/b"), 400, 0},
      {"Host with a scheme", host(" http://a"), 400, 0},
      {"Host with a user", host(" u@a"), 400, 0},
      {"Host with a query", host(" a?b"), 400, 0},
      {"Host with a fragment", host(" a#b"), 400, 0},
      {"Host with a backslash", host(" a\\b"), 400, 0},
      {"Host with a port of letters", host(" a:b"), 400, 0},
      {"Host with a port too large", host(" a:65536"), 400, 0},
      {"Host with a signed port", host(" a:+80"), 400, 0},
      {"Host with two ports", host(" a:80:80"), 400, 0},
      {"Host with a port alone", host(" :80"), 400, 0},
      {"Host with a raw IPv6 address", host(" ::1"), 400, 0},
      {"Host with an open bracket", host(" [::1"), 400, 0},
      {"Host with nothing in brackets", host(" []"), 400, 0},
      {"Host with a name in brackets", host(" [a]"), 400, 0},
      {"Host with letters behind the bracket", host(" [::1]a"), 400, 0},
      {"Host with a zone", host(" [fe80::1%25eth0]"), 400, 0},
      {"Host with a bad escape", host(" a%zz"), 400, 0},
      {"Host with an encoded NUL", host(" a%00"), 400, 0},
      {"Host beyond ASCII", host(" caf\xC3\xA9"), 400, 0},
      {"Host in quotes", host(" \"a\""), 400, 0},
  };
}

}  // namespace desist::test::wire
