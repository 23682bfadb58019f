#include "server/router.hpp"

#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

using desist::server::Router;

namespace {

const std::vector<std::string> get = {"GET"};

/// "2 a b" for target 2 with the values a and b; else the name of the outcome.
std::string outcome(const Router& router, std::string_view method, std::string_view path) {
  const auto result = router.find(method, path);
  if (const auto* found = std::get_if<Router::Found>(&result)) {
    std::string text = std::to_string(found->target);
    for (const std::string& value : found->values) text += " " + value;
    return text;
  }
  if (const auto* refused = std::get_if<Router::NotAllowed>(&result)) {
    return "not allowed: " + std::string(refused->allow);
  }
  return std::holds_alternative<Router::Malformed>(result) ? "malformed" : "not found";
}

std::string refusal(Router& router, const std::string& path, const std::vector<std::string>& methods = get) {
  try {
    router.add(path, methods, 99);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("a literal path is found, and nothing near it") {
  Router router;
  router.add("/", get, 1);
  router.add("/reports/all", get, 2);
  CHECK(outcome(router, "GET", "/") == "1");
  CHECK(outcome(router, "GET", "/reports/all") == "2");
  CHECK(outcome(router, "GET", "/reports") == "not found");
  CHECK(outcome(router, "GET", "/reports/all/x") == "not found");
  CHECK(outcome(router, "GET", "//reports/all") == "not found");
  CHECK(outcome(router, "GET", "/reports//all") == "not found");
  CHECK(outcome(router, "GET", "/Reports/all") == "not found");
  CHECK(outcome(router, "GET", "/reports/./all") == "not found");
  CHECK(outcome(router, "GET", "/reports/x/../all") == "not found");
}

TEST_CASE("a trailing slash makes a different path") {
  Router router;
  router.add("/a", get, 1);
  CHECK(outcome(router, "GET", "/a/") == "not found");
  router.add("/a/", get, 2);
  CHECK(outcome(router, "GET", "/a") == "1");
  CHECK(outcome(router, "GET", "/a/") == "2");
}

TEST_CASE("a parameter takes one whole segment, never an empty one") {
  Router router;
  CHECK(router.add("/reports/{year}/{day}", get, 7) == std::vector<std::string>{"year", "day"});
  CHECK(outcome(router, "GET", "/reports/2024/05-01") == "7 2024 05-01");
  CHECK(outcome(router, "GET", "/reports//05-01") == "not found");
  CHECK(outcome(router, "GET", "/reports/2024/") == "not found");
  CHECK(outcome(router, "GET", "/reports/2024/05/01") == "not found");
}

TEST_CASE("segments are cut before they are decoded, and compared after") {
  Router router;
  router.add("/files/{name}", get, 1);
  CHECK(outcome(router, "GET", "/files/a%2Fb") == "1 a/b");
  CHECK(outcome(router, "GET", "/files/a+b%20c") == "1 a+b c");
  CHECK(outcome(router, "GET", "/%66iles/x") == "1 x");
  CHECK(outcome(router, "GET", "/files%2Fx") == "not found");
  CHECK(outcome(router, "GET", "/files/%zz") == "malformed");
  CHECK(outcome(router, "GET", "/files/%4") == "malformed");
  CHECK(outcome(router, "GET", "/files/%") == "malformed");
  const auto result = router.find("GET", "/files/a%00b");
  CHECK(std::get<Router::Found>(result).values.at(0) == std::string("a\0b", 3));
}

TEST_CASE("a literal comes before a parameter, at the first segment where two routes differ") {
  Router router;
  router.add("/{kind}/{id}", get, 1);
  router.add("/users/{id}", get, 2);
  router.add("/{kind}/latest", get, 3);
  router.add("/users/me", get, 4);
  CHECK(outcome(router, "GET", "/users/me") == "4");
  CHECK(outcome(router, "GET", "/users/7") == "2 7");
  CHECK(outcome(router, "GET", "/users/latest") == "2 latest");
  CHECK(outcome(router, "GET", "/orders/latest") == "3 orders");
  CHECK(outcome(router, "GET", "/orders/7") == "1 orders 7");
}

TEST_CASE("a literal that leads nowhere is given up for the parameter beside it") {
  Router router;
  router.add("/users/me/posts", get, 1);
  router.add("/users/{id}/likes", get, 2);
  router.add("/{kind}/{id}/{list}", get, 3);
  CHECK(outcome(router, "GET", "/users/me/posts") == "1");
  CHECK(outcome(router, "GET", "/users/me/likes") == "2 me");
  CHECK(outcome(router, "GET", "/users/me/friends") == "3 users me friends");
}

TEST_CASE("a path with far more segments than any route is simply not found") {
  Router router;
  router.add("/{a}/{b}", get, 1);
  std::string path;
  for (int i = 0; i < 4000; ++i) path += "/x";
  CHECK(outcome(router, "GET", path) == "not found");
}

TEST_CASE("a method that the path does not take is told which ones it takes") {
  Router router;
  router.add("/jobs/{id}", {"GET", "DELETE"}, 1);
  router.add("/jobs/{job}", {"POST"}, 2);
  CHECK(outcome(router, "POST", "/jobs/3") == "2 3");
  CHECK(outcome(router, "PUT", "/jobs/3") == "not allowed: GET, HEAD, DELETE, POST, OPTIONS");
  CHECK(outcome(router, "OPTIONS", "/jobs/3") == "not allowed: GET, HEAD, DELETE, POST, OPTIONS");
  CHECK(outcome(router, "PUT", "/elsewhere") == "not found");
}

TEST_CASE("the path alone decides: a method is not looked for in a less specific route") {
  Router router;
  router.add("/reports/{year}", get, 1);
  router.add("/reports/rebuild", {"POST"}, 2);
  CHECK(outcome(router, "GET", "/reports/rebuild") == "not allowed: POST, OPTIONS");
}

TEST_CASE("GET implies HEAD, unless a route takes HEAD itself") {
  Router router;
  router.add("/a", get, 1);
  CHECK(outcome(router, "HEAD", "/a") == "1");
  router.add("/a", {"HEAD"}, 2);
  CHECK(outcome(router, "HEAD", "/a") == "2");
  CHECK(outcome(router, "PUT", "/a") == "not allowed: GET, HEAD, OPTIONS");
}

TEST_CASE("OPTIONS goes to a route that takes it; of everything at once, the path is an asterisk") {
  Router router;
  router.add("/a", {"GET", "OPTIONS"}, 1);
  router.add("/b", {"PATCH"}, 2);
  CHECK(outcome(router, "OPTIONS", "/a") == "1");
  CHECK(outcome(router, "OPTIONS", "*") == "not allowed: GET, HEAD, PATCH, OPTIONS");
}

TEST_CASE("two routes that take the same method for the same paths are refused with both named") {
  Router router;
  router.add("/a/{x}", {"GET", "POST"}, 1);
  CHECK(refusal(router, "/a/{y}", {"POST"}) ==
        "route \"/a/{y}\": route \"/a/{x}\" takes POST for the same paths already");
  CHECK(refusal(router, "/b", {"GET", "GET"}).find("takes GET for the same paths already") !=
        std::string::npos);
  CHECK(refusal(router, "/a/{y}", {"PUT"}) == "taken");
  CHECK(outcome(router, "POST", "/a/1") == "1 1");
}

TEST_CASE("a path or method that cannot work is refused, saying which and why") {
  Router router;
  for (const std::string path : {"", "a", "/a//b", "//", "/a/{}", "/a/{1x}", "/a/x{y}", "/a/{x", "/a/x}",
                                 "/{a-b}", "/..", "/./a", "/a?b", "/a#b", "/a%20b", "/a\nb", "/\xFF"}) {
    CAPTURE(path);
    CHECK(refusal(router, path).rfind("route \"" + path + "\": ", 0) == 0);
  }
  CHECK(refusal(router, "/{x}/{x}").find("two parameters named \"x\"") != std::string::npos);
  CHECK(refusal(router, "/a", {}).find("no methods") != std::string::npos);
  CHECK(refusal(router, "/a", {"get"}).find("method \"get\": one of GET, HEAD") != std::string::npos);
  CHECK(refusal(router, "/a", {"CONNECT"}).find("method \"CONNECT\"") != std::string::npos);
  CHECK(outcome(router, "GET", "/a") == "not found");
}
