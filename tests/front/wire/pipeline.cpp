#include "front/wire/case.hpp"

namespace desist::test::wire {
namespace {

const std::string hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

// A POST whose header ends, and a hidden request begins, with the byte at `boundary` of the input.
std::string hidden_at(std::size_t boundary, std::string_view before_hidden) {
  std::string input = "POST /p HTTP/1.1\r\nHost: a\r\n";
  while (input.size() + 4200 < boundary) input += "X: " + repeated("p", 3900) + "\r\n";
  const std::string tail = "Y: z" + std::string(before_hidden);
  const std::string filler = "X: ";
  if (boundary > input.size() + filler.size() + tail.size() + 2) {
    input += filler + repeated("p", boundary - input.size() - filler.size() - tail.size() - 2) + "\r\n";
  }
  return input + tail + hidden;
}

}  // namespace

Cases pipeline_cases() {
  const std::string sized = post("Content-Length: 5\r\n", "hello");
  const std::string coded = chunked("5\r\nhello\r\n0\r\nX: y\r\n\r\n");
  return {
      {"two requests", get("/1") + get("/2"), accepted, 2},
      {"a hundred requests", repeated(get("/n"), 100), accepted, 100},
      {"a hundred requests with bodies", repeated(sized + coded, 50), accepted, 100},
      {"requests with an empty line between them", get("/1") + "\r\n" + sized + "\r\n" + coded, accepted, 3},
      {"a GET behind a GET with a body",
       "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + get("/2"), accepted, 2},
      {"a body that holds a request, and a request behind it",
       post("Content-Length: " + std::to_string(hidden.size()) + "\r\n", hidden) + get("/2"), accepted, 2},
      {"a chunk that holds a request, and a request behind it",
       chunked("21\r\n" + hidden + "\r\n0\r\n\r\n") + get("/2"), accepted, 2},
      {"a close behind a request", get("/1") + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
       accepted, 2},
      {"a body longer than its Content-Length", post("Content-Length: 4\r\n", "hello") + get("/2"), 501, 1},
      {"a body longer than its Content-Length by a blank",
       post("Content-Length: 5\r\n", "hello ") + get("/2"), 400, 1},
      {"an empty line too many between requests", get("/1") + "\r\n\r\n" + get("/2"), 400, 1},
      {"nonsense behind a request", get("/1") + "{}", 400, 1},
      {"a request without Host behind two good ones", get("/1") + get("/2") + "GET / HTTP/1.1\r\n\r\n", 400,
       2},
      {"a refusal before a good request", "GET / HTTP/1.1\r\n\r\n" + get("/2"), 400, 0},
      {"a body too large behind a good request", get("/1") + post("Content-Length: 1048577\r\n"), 413, 1},
      {"a bad chunk behind a good request", get("/1") + chunked("x\r\n") + get("/3"), 400, 1},
      {"a last chunk without its end", chunked("5\r\nhello\r\n0\r\n") + get("/2"), 400, 0},
      {"a chunked body behind a Content-Length of zero",
       post("Content-Length: 0\r\n", "5\r\nhello\r\n0\r\n\r\n"), 400, 1},
  };
}

Cases hiding_cases() {
  Cases cases;
  for (std::size_t boundary = 4096; boundary <= 7 * 4096; boundary += 4096) {
    const std::string where = " at byte " + std::to_string(boundary);
    cases.push_back({"a request behind a bare LF in a header" + where, hidden_at(boundary, "\n"), 400, 0});
    cases.push_back(
        {"a request behind two bare LFs in a header" + where, hidden_at(boundary, "\n\n"), 400, 0});
    cases.push_back({"a request behind a bare CR in a header" + where, hidden_at(boundary, "\r"), 400, 0});
    cases.push_back(
        {"a request on a line of its own in a head" + where, hidden_at(boundary, "\r\n"), 400, 0});
    cases.push_back({"a request behind a fold in a header" + where, hidden_at(boundary, "\r\n "), 400, 0});
    cases.push_back(
        {"a request behind a complete one" + where, hidden_at(boundary, "\r\n\r\n"), accepted, 2});
    cases.push_back({"a request in a header's value" + where, hidden_at(boundary, ""), 400, 0});
    cases.push_back(
        {"a request behind an encoded break" + where, hidden_at(boundary, "%0d%0a%0d%0a"), 400, 0});
  }
  return cases;
}

}  // namespace desist::test::wire
