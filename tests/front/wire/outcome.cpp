#include "front/wire/outcome.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace desist::test::wire {
namespace {

using front::Framed;
using front::Framer;
using front::Refusal;

auto tied(const Framed& r) {
  return std::tie(r.method, r.target, r.version, r.headers, r.body, r.keep_alive);
}
auto tied(const Refusal& r) {
  return std::tie(r.status, r.detail, r.method, r.path, r.id);
}

}  // namespace

bool operator==(const Outcome& a, const Outcome& b) {
  return a.used == b.used && a.wires == b.wires && a.state == b.state && tied(a.refusal) == tied(b.refusal) &&
         std::equal(a.requests.begin(), a.requests.end(), b.requests.begin(), b.requests.end(),
                    [](const Framed& x, const Framed& y) { return tied(x) == tied(y); });
}

std::string text(const Outcome& outcome) {
  std::string out = std::to_string(outcome.requests.size()) + " requests, " + std::to_string(outcome.used) +
                    " bytes used, state " + std::to_string(static_cast<int>(outcome.state));
  if (outcome.refused()) out += ", " + std::to_string(outcome.refusal.status) + " " + outcome.refusal.detail;
  return out;
}

Outcome outcome_of(std::string_view input, const Cutter& next_piece, const Limits& limits) {
  Outcome outcome;
  Framer framer(limits);
  std::string wire;
  while (!input.empty() && !outcome.refused()) {
    const std::string piece(
        input.substr(0, next_piece()));  // a copy: what is read beyond it, a sanitizer sees
    std::string_view rest = piece;
    while (!rest.empty() && framer.state() != Framer::State::refused) {
      const std::size_t used = framer.consume(rest);
      outcome.used += used;
      wire += rest.substr(0, used);
      rest.remove_prefix(used);
      if (framer.state() != Framer::State::complete) continue;
      outcome.requests.push_back(framer.take());
      outcome.wires.push_back(std::exchange(wire, {}));
    }
    input.remove_prefix(piece.size());
    outcome.state = framer.state();
  }
  if (outcome.refused()) outcome.refusal = framer.refusal();
  return outcome;
}

Outcome outcome_of(std::string_view input, const Limits& limits) {
  return outcome_of(
      input, [&] { return input.size(); }, limits);
}

}  // namespace desist::test::wire
