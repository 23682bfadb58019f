#include "front/wire/case.hpp"

namespace desist::test::wire {
namespace {

constexpr std::size_t max_line = 8000;
constexpr std::size_t max_head = 32 * 1024;

// A good request whose head has exactly that many bytes.
std::string head_of(std::size_t bytes) {
  std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
  while (head.size() + 2 < bytes) {
    std::size_t line = bytes - head.size() - 2;
    if (line > 4000) line = 3000;
    head += "X: " + repeated("h", line - 5) + "\r\n";
  }
  return head + "\r\n";
}

}  // namespace

Cases limit_cases() {
  return {
      {"the longest target", get("/" + repeated("t", max_line - 1))},
      {"the longest query", get("/?" + repeated("t", max_line - 2))},
      {"a target of one byte too many", get("/" + repeated("t", max_line)), 414, 0},
      {"a target that never ends", "GET /" + repeated("t", max_line), 414, 0},
      {"a target far too long", get("/" + repeated("t", 100000)), 414, 0},
      {"an absolute form of one byte too many", get("http://a/" + repeated("t", max_line - 8)), 414, 0},
      {"the longest header line", post("X: " + repeated("v", max_line - 3) + "\r\n")},
      {"a header line of one byte too many", post("X: " + repeated("v", max_line - 2) + "\r\n"), 431, 0},
      {"a header line that never ends", "GET / HTTP/1.1\r\nX: " + repeated("v", max_line), 431, 0},
      {"a header of blanks that never ends", "GET / HTTP/1.1\r\nX:" + repeated(" ", max_line), 431, 0},
      {"the longest name", post(repeated("N", max_line - 1) + ":\r\n")},
      {"a name of one byte too many", post(repeated("N", max_line) + ":\r\n"), 431, 0},
      {"a name that never ends", "GET / HTTP/1.1\r\n" + repeated("N", max_line + 1), 431, 0},
      {"the longest head", head_of(max_head)},
      {"a head of one byte too many", head_of(max_head + 1), 431, 0},
      {"a head that never ends", head_of(max_head + 5000), 431, 0},
      {"the most headers", post(repeated("X: y\r\n", 99))},
      {"one header too many", post(repeated("X: y\r\n", 100)), 431, 0},
      {"headers that never end", "GET / HTTP/1.1\r\n" + repeated("X: y\r\n", 101), 431, 0},
      {"two of the longest heads", head_of(max_head) + head_of(max_head), accepted, 2},
      {"an empty line before the longest head", "\r\n" + head_of(max_head)},
  };
}

}  // namespace desist::test::wire
