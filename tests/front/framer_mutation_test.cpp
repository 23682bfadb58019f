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
#include "front/wire/outcome.hpp"

namespace desist::test {
namespace {

using front::Framed;
using wire::Outcome;
using wire::outcome_of;

// What an attacker would put into a request.
constexpr std::array<std::string_view, 32> fragments{"\r",
                                                     "\n",
                                                     "\r\n",
                                                     "\r\n\r\n",
                                                     " ",
                                                     "\t",
                                                     ":",
                                                     ",",
                                                     ";",
                                                     "\"",
                                                     "\\",
                                                     "%0d%0a",
                                                     "%00",
                                                     "%2e",
                                                     "/../",
                                                     "#",
                                                     "?",
                                                     "*",
                                                     "0\r\n\r\n",
                                                     "5",
                                                     "chunked",
                                                     "HTTP/1.0",
                                                     "HTTP/1.1",
                                                     "Host: b\r\n",
                                                     "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n",
                                                     "Content-Length: 5\r\n",
                                                     "Content-Length: 0\r\n",
                                                     "Transfer-Encoding: chunked\r\n",
                                                     "Expect: 100-continue\r\n",
                                                     "Connection: close\r\n",
                                                     "ffffffffffffffff",
                                                     "http://a"};

class Mutator {
 public:
  explicit Mutator(unsigned seed) : random_(seed) {}

  std::string mutated(std::string input) {
    for (std::size_t times = 1 + below(4); times > 0; --times) mutate(input);
    return input;
  }

  std::size_t below(std::size_t limit) {
    return limit == 0 ? 0 : static_cast<std::size_t>(random_()) % limit;
  }

 private:
  void mutate(std::string& input) {
    const std::size_t at = below(input.size() + 1);
    const std::size_t run = below(8);
    switch (below(6)) {
      case 0:
        input.insert(at, 1, static_cast<char>(below(256)));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(below(256));
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
        input.insert(at, fragments[below(fragments.size())]);
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

// Empty, or what does not hold for these bytes.
std::string broken_property(std::string_view input, const wire::Cutter& cutter, const Limits& limits) {
  const Outcome whole = outcome_of(input, limits);
  const Outcome bytes = outcome_of(
      input, [] { return std::size_t{1}; }, limits);
  const Outcome cut = outcome_of(input, cutter, limits);
  if (!(bytes == whole)) return "byte by byte: " + text(bytes) + "; whole: " + text(whole);
  if (!(cut == whole)) return "cut: " + text(cut) + "; whole: " + text(whole);
  for (const Framed& request : whole.requests) {
    const std::string broken = wire::broken_promise(request, limits);
    if (!broken.empty()) return "accepted in spite of: " + broken;
  }
  if (whole.refused() && (whole.refusal.status < 400 || whole.refusal.detail.empty()))
    return "a refusal without reason";
  return {};
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
    const std::string input = mutator.mutated(good[mutator.below(good.size())]);
    const auto cutter = [&] { return mutator.below(20); };
    const std::string broken = broken_property(input, cutter, i % 4 == 0 ? small : Limits{});
    if (!broken.empty()) FAIL_CHECK(broken << "\nof: " << shown(input));
    (outcome_of(input).refused() ? refused : accepted) += 1;
  }
  MESSAGE(accepted << " mutations were harmless, " << refused << " refused");
  CHECK(accepted > mutations / 100);
  CHECK(refused > mutations / 10);
}

}  // namespace desist::test
