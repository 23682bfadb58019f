// Good requests, damaged at random: cuts never change the outcome, what is accepted keeps its promises,
// nothing crashes. The property takes bytes alone, so a fuzzer can drive it too.

#include <array>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "front/wire/case.hpp"
#include "front/wire/property.hpp"

namespace desist::test {
namespace {

using wire::outcome_of;

// What an attacker would put into a request.
// clang-format off
constexpr std::array<std::string_view, 35> fragments{
    "\r", "\n", "\r\n", "\r\n\r\n", "\r\n ", " ", "\t", ":", ",", ";", "\"", "\\", "%", "%0d%0a", "%00", "%2e", "/../",
    "#", "?", "*", "0\r\n\r\n", "5", "chunked", "HTTP/1.0", "HTTP/1.1", "http://a", "ffffffffffffffff",
    "Host: b\r\n", "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n", "Content-Length: 5\r\n", "Content-Length: 0\r\n",
    "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Connection: close\r\n", "0;a=b\r\nX: y\r\n"};
// clang-format on

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_()) % limit; }

  template <class Collection>
  const auto& one_of(const Collection& all) {
    return all[below(all.size())];
  }

  // One of the good inputs, damaged; now and then with the end of another one.
  std::string mutated(const std::vector<std::string>& good) {
    std::string input = one_of(good);
    if (below(4) == 0) {
      const std::string& other = one_of(good);
      input.replace(below(input.size() + 1), std::string::npos, other.substr(below(other.size() + 1)));
    }
    for (std::size_t times = below(4); times > 0; --times)
      below(2) == 0 ? mutate_bytes(input) : mutate_lines(input);
    return input;
  }

 private:
  void mutate_bytes(std::string& input) {
    const std::size_t at = below(input.size() + 1);
    const std::size_t run = below(8);
    switch (below(6)) {
      case 0:
        input.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 1:
        input.insert(at, 1, static_cast<char>(' ' + below(95)));
        break;
      case 2:
        input.erase(at, run);
        break;
      case 3:
        input.insert(at, input.substr(below(input.size() + 1), run * 4));
        break;
      case 4:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      default:
        input.insert(at, one_of(fragments));
        break;
    }
  }

  // Leaves out, doubles or moves a whole line, or puts a fragment where one begins.
  void mutate_lines(std::string& input) {
    const auto line_at = [&](std::size_t from) {
      const std::size_t end = input.find("\r\n", from);
      return end == std::string::npos ? input.size() : end + 2;
    };
    const std::size_t begin = line_at(below(input.size() + 1));
    const std::size_t end = line_at(begin);
    const std::string line = input.substr(begin, end - begin);
    switch (below(4)) {
      case 0:
        input.erase(begin, line.size());
        break;
      case 1:
        input.insert(begin, line);
        break;
      case 2:
        input.erase(begin, line.size());
        input.insert(line_at(below(input.size() + 1)), line);
        break;
      default:
        input.insert(begin, one_of(fragments));
        break;
    }
  }

  std::mt19937 random_;
};

std::vector<std::string> good_inputs() {
  std::vector<std::string> good;
  for (wire::Case& one : wire::all_cases()) {
    if (one.status == wire::accepted && one.input.size() < 2000) good.push_back(std::move(one.input));
  }
  return good;
}

// Characters that would break a terminal are shown as numbers.
std::string shown(std::string_view input) {
  std::string out;
  for (const char c : input) {
    if (c >= 0x20 && c < 0x7F) {
      out += c;
    } else {
      out += "\\" + std::to_string(static_cast<unsigned char>(c)) + ".";
    }
  }
  return out;
}

}  // namespace

TEST_CASE("damaged requests have one outcome, whatever the cuts, and are accepted only where they are good") {
  constexpr int mutations = 100000;
  const std::vector<std::string> good = good_inputs();
  Limits small;
  small.max_line = 64;
  small.max_head = 256;
  small.max_headers = 6;
  small.max_body = 64;
  Mutator mutator(20240607);
  std::size_t accepted = 0;
  std::size_t refused = 0;
  for (int i = 0; i < mutations; ++i) {
    const std::string input = mutator.mutated(good);
    const auto cutter = [&] { return mutator.below(20); };
    const std::string broken = wire::broken_property(input, cutter, i % 4 == 0 ? small : Limits{});
    if (!broken.empty()) FAIL_CHECK(broken << "\nof: " << shown(input));
    (outcome_of(input).refused() ? refused : accepted) += 1;
  }
  MESSAGE(accepted << " mutations were harmless, " << refused << " refused");
  CHECK(accepted > mutations / 100);
  CHECK(refused > mutations / 10);
}

}  // namespace desist::test
