#include "front/wire/outcome.hpp"

#include <algorithm>
#include <tuple>

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

bool holds(std::string_view text, const std::function<bool(unsigned char)>& allowed) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return allowed(static_cast<unsigned char>(c)); });
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

}  // namespace

bool operator==(const Outcome& a, const Outcome& b) {
  return a.used == b.used && a.state == b.state && tied(a.refusal) == tied(b.refusal) &&
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
  while (!input.empty() && !outcome.refused()) {
    const std::string piece(
        input.substr(0, next_piece()));  // a copy: what is read beyond it, a sanitizer sees
    std::string_view rest = piece;
    while (!rest.empty() && framer.state() != Framer::State::refused) {
      const std::size_t used = framer.consume(rest);
      outcome.used += used;
      rest.remove_prefix(used);
      if (framer.state() == Framer::State::complete) outcome.requests.push_back(framer.take());
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

std::string broken_promise(const Framed& request, const Limits& limits) {
  const auto visible = [](unsigned char c) { return c > 0x20 && c < 0x7F; };
  if (request.target != "*" && (request.target.empty() || request.target.front() != '/'))
    return "form of the target";
  if (request.target == "*" && request.method != "OPTIONS") return "asterisk";
  if (!holds(request.target, visible) || request.target.find('#') != std::string::npos)
    return "bytes of the target";
  if (request.target.size() > limits.max_line) return "length of the target";
  if (request.headers.size() > limits.max_headers) return "count of headers";
  if (request.body.size() > limits.max_body) return "length of the body";
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  std::size_t codings = 0;
  for (const auto& [name, value] : request.headers) {
    const auto of_name = [&](unsigned char c) {
      return visible(c) &&
             std::string_view("\"(),/:;<=>?@[\\]{}").find(static_cast<char>(c)) == std::string_view::npos;
    };
    const auto of_value = [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); };
    if (name.empty() || !holds(name, of_name)) return "a header's name";
    if (!holds(value, of_value)) return "a header's value";
    if (!value.empty() && (value.front() <= ' ' && value.front() > 0)) return "blanks before a value";
    const std::string known = lowered(name);
    if (known == "host") ++hosts;
    if (known == "content-length") ++lengths;
    if (known == "transfer-encoding") ++codings;
    if (known.rfind("remote_", 0) == 0 || known.rfind("local_", 0) == 0) return "a reserved name";
    const std::string low = lowered(value);
    for (const char* hidden : {"%0d", "%0a", "%00"}) {
      if (low.find(hidden) != std::string::npos) return "a hidden break";
    }
    if (known == "content-length" &&
        std::to_string(request.body.size()) !=
            value.substr(std::min(value.find_first_not_of('0'), value.size() - 1)))
      return "a length that is not the body's";
  }
  if (hosts > 1 || (hosts == 0 && request.version == front::Version::http11)) return "Host";
  if (lengths > 1 || codings > 1 || lengths + codings > 1) return "framing twice";
  if (lengths + codings == 0 && !request.body.empty()) return "a body from nowhere";
  return {};
}

}  // namespace desist::test::wire
