#include "front/wire/case.hpp"

namespace desist::test::wire {

using namespace std::string_literals;

namespace {

Cases origin_forms() {
  return {
      {"a path", get("/a/b.c")},
      {"a path and a query", get("/a?b=c&d=e")},
      {"an empty query", get("/a?")},
      {"a query of question marks", get("/a???")},
      {"a query that looks like a path", get("/a?/../b")},
      {"a query that looks like a URL", get("/a?u=http://b/../c")},
      {"a path of slashes", get("//a//b//")},
      {"a path that looks like a URL", get("/http://b/")},
      {"percent escapes in any case", get("/%41%7a%7A?%c3%A9")},
      {"an encoded slash", get("/a%2Fb")},
      {"an encoded percent sign", get("/a%25b")},
      {"an encoded question mark", get("/a%3Fb")},
      {"an encoded fragment", get("/a%23b")},
      {"an encoded CR LF in the query", get("/a?b=%0D%0A")},
      {"sub-delims in the path", get("/!$&'()*+,;=:@~-._")},
      {"brackets and bars that browsers send", get("/a?b[]=c|d^e`f{g}")},
      {"a backslash in the query", get("/a?b\\c")},
      {"three dots", get("/a/.../b")},
      {"a hidden file", get("/.a/..b/c./d..")},
      {"a plus sign", get("/a+b?c+d")},
      {"a backslash in the path", get("/a\\b"), 400, 0},
      {"a fragment", get("/a#b"), 400, 0},
      {"a fragment behind a query", get("/a?b#c"), 400, 0},
      {"an empty fragment", get("/a#"), 400, 0},
      {"a raw byte beyond ASCII in the path", get("/caf\xC3\xA9"), 400, 0},
      {"a raw byte beyond ASCII in the query", get("/a?\xFF"), 400, 0},
      {"a DEL in the path", get("/a\x7F"), 400, 0},
      {"a control character in the path", get("/a\x01"), 400, 0},
      {"an escape character in the path", get("/\x1B[2J"), 400, 0},
      {"a NUL in the path", with_line("GET /a\0b HTTP/1.1"s), 400, 0},
      {"a bare CR in the path", with_line("GET /a\rb HTTP/1.1"), 400, 0},
      {"a bare LF in the path", with_line("GET /a\nb HTTP/1.1"), 400, 0},
      {"a request behind a CR LF in the target", with_line("GET /a\r\nX: y HTTP/1.1"), 400, 0},
      {"an encoded NUL in the path", get("/a%00"), 400, 0},
      {"an encoded NUL in the query", get("/a?%00"), 400, 0},
      {"a percent sign at the end", get("/a%"), 400, 0},
      {"half an escape at the end", get("/a%4"), 400, 0},
      {"an escape without digits", get("/a%zz"), 400, 0},
      {"an escape with one digit", get("/a%4z"), 400, 0},
      {"an escape cut by the query", get("/a%4?1"), 400, 0},
      {"a bad escape in the query", get("/a?b=%g1"), 400, 0},
      {"a wide escape", get("/a%u0041"), 400, 0},
      {"a doubled percent sign", get("/a%%41"), 400, 0},
  };
}

Cases dot_segments() {
  Cases cases;
  for (const char* target :
       {"/.",        "/..",     "/./a",        "/../a",           "/a/.",        "/a/..",
        "/a/./b",    "/a/../b", "/a//../b",    "/a/..?b",         "/.?",         "/%2e",
        "/%2E%2e/a", "/.%2e/a", "/%2e./a",     "/a/%2e%2E",       "/a%2f..%2fb", "/..%2Fa",
        "/a/%2e%2f", "/..%5ca", "/a%5C..%5cb", "/a/..%2f%2e%2e/b"}) {
    cases.push_back({"the dot segment of " + std::string(target), get(target), 400, 0});
  }
  return cases;
}

Cases other_forms() {
  return {
      {"an absolute form", get("http://a/b?c")},
      {"an absolute form without a path", get("http://a")},
      {"an absolute form with a query alone", get("http://a?b")},
      {"an absolute form with a port", get("http://a:8080/b")},
      {"an absolute form with an empty port", get("http://a:/b")},
      {"an absolute form with an IPv6 address", get("http://[::1]:80/b")},
      {"an absolute form in upper case", get("HTTP://A/b")},
      {"an absolute form of another authority than Host", get("http://other/b")},
      {"an absolute form in HTTP/1.0 without Host", "GET http://a/ HTTP/1.0\r\n\r\n"},
      {"OPTIONS of an absolute form without a path", with_line("OPTIONS http://a HTTP/1.1")},
      {"an absolute form without Host", "GET http://a/ HTTP/1.1\r\n\r\n", 400, 0},
      {"an absolute form with two Hosts", "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, 0},
      {"an absolute form of https", get("https://a/"), 400, 0},
      {"an absolute form of ftp", get("ftp://a/"), 400, 0},
      {"an absolute form of file", get("file:///etc/passwd"), 400, 0},
      {"a scheme without slashes", get("http:a/b"), 400, 0},
      {"a scheme with one slash", get("http:/a/b"), 400, 0},
      {"a scheme alone", get("http://"), 400, 0},
      {"an absolute form without a host", get("http:///b"), 400, 0},
      {"an absolute form with a port alone", get("http://:80/b"), 400, 0},
      {"an absolute form with a user", get("http://u@a/b"), 400, 0},
      {"an absolute form with a user and a password", get("http://u:p@a/b"), 400, 0},
      {"an absolute form with a port of letters", get("http://a:b/"), 400, 0},
      {"an absolute form with a port too large", get("http://a:65536/"), 400, 0},
      {"an absolute form with a signed port", get("http://a:-1/"), 400, 0},
      {"an absolute form with an open bracket", get("http://[::1/b"), 400, 0},
      {"an absolute form with an encoded NUL in the host", get("http://a%00b/"), 400, 0},
      {"an absolute form with an encoded CR LF in the host", get("http://a%0d%0ab/"), 400, 0},
      {"an absolute form with a backslash for a slash", get("http://a\\b/"), 400, 0},
      {"an absolute form with a dot segment", get("http://a/../b"), 400, 0},
      {"an absolute form with a fragment", get("http://a/b#c"), 400, 0},
      {"an absolute form with a fragment behind the host", get("http://a#c"), 400, 0},
      {"an absolute form with a bad escape", get("http://a/%0"), 400, 0},
      {"an authority form", get("a:80"), 400, 0},
      {"a name for a target", get("index.html"), 400, 0},
      {"a query for a target", get("?a"), 400, 0},
      {"a percent escape for a target", get("%2F"), 400, 0},
      {"the asterisk with OPTIONS", with_line("OPTIONS * HTTP/1.1")},
      {"the asterisk with GET", get("*"), 400, 0},
      {"the asterisk with POST", with_line("POST * HTTP/1.1"), 400, 0},
      {"the asterisk with a query", with_line("OPTIONS *?a HTTP/1.1"), 400, 0},
      {"two asterisks", with_line("OPTIONS ** HTTP/1.1"), 400, 0},
  };
}

}  // namespace

Cases target_cases() {
  Cases cases = origin_forms();
  for (Cases (*more)() : {dot_segments, other_forms}) {
    for (Case& one : more()) cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace desist::test::wire
