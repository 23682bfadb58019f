#include "front/wire/property.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <vector>

// Written without a glance at the framer's means: no state machine, no character table, exceptions for what
// is wrong.

namespace desist::test::wire {
namespace {

using front::Framed;

struct Difference : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void hold(bool condition, const char* what) {
  if (!condition) throw Difference(what);
}

std::string lowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string trimmed(std::string text) {
  text.erase(0, std::min(text.find_first_not_of(" \t"), text.size()));
  text.erase(text.find_last_not_of(" \t") + 1);
  return text;
}

std::vector<std::string> split(std::string_view text, std::string_view by) {
  std::vector<std::string> parts;
  for (std::size_t at = text.find(by); at != std::string_view::npos; at = text.find(by)) {
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at + by.size());
  }
  parts.emplace_back(text);
  return parts;
}

void check_request_line(const std::string& line, const Framed& framed, const Limits& limits) {
  const std::vector<std::string> words = split(line, " ");
  hold(words.size() == 3, "three words");
  constexpr std::array methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  hold(std::find(methods.begin(), methods.end(), words[0]) != methods.end() && words[0] == framed.method,
       "method");
  hold(words[2] == (framed.version == front::Version::http11 ? "HTTP/1.1" : "HTTP/1.0"), "version");
  hold(words[1].size() <= limits.max_line, "length of the target");
  hold(
      std::all_of(words[1].begin(), words[1].end(), [](char c) { return c > ' ' && c < '\x7F' && c != '#'; }),
      "bytes of the target");
  if (words[1].front() == '/' || words[1] == "*") {
    hold(words[1] == framed.target, "target");
  } else {
    hold(lowered(words[1]).rfind("http://", 0) == 0, "scheme");
    const std::size_t end = std::min(words[1].find_first_of("/?", 7), words[1].size());
    const std::string rest = words[1].substr(end);
    const std::string bare = framed.method == "OPTIONS" ? "*" : "/";
    hold(framed.target == (rest.empty() ? bare : rest.front() == '?' ? "/" + rest : rest), "reduced target");
  }
  hold(framed.target == "*" ? framed.method == "OPTIONS" : framed.target.front() == '/',
       "form of the target");
  std::string path = lowered(framed.target.substr(0, framed.target.find('?')));
  for (std::size_t at = path.find("%2e"); at != std::string::npos; at = path.find("%2e"))
    path.replace(at, 3, ".");
  for (const std::string& segment : split(path, "/")) hold(segment != "." && segment != "..", "dot segments");
}

// Gives the field; throws where the line is none.
std::pair<std::string, std::string> field_of(const std::string& line, const Limits& limits) {
  const std::size_t colon = line.find(':');
  hold(colon != std::string::npos && colon > 0, "colon");
  hold(line.size() <= limits.max_line, "length of a header line");
  hold(std::none_of(line.begin(), line.end(),
                    [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7F'; }),
       "control characters in a header");
  const std::string name = line.substr(0, colon);
  hold(std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < '\x7F'; }),
       "bytes of a name");
  hold(name.find_first_of("\"(),/;<=>?@[\\]{}") == std::string::npos, "characters of a name");
  const std::string value = trimmed(line.substr(colon + 1));
  for (const char* hidden : {"%0d", "%0a", "%00", "%u000d", "%u000a", "%u0000"}) {
    hold(lowered(value).find(hidden) == std::string::npos, "a hidden break");
  }
  return {name, value};
}

std::string decoded(std::string_view rest, std::size_t headers, const Limits& limits) {
  std::string body;
  while (true) {
    const std::size_t end = rest.find("\r\n");
    hold(end != std::string_view::npos && end <= 256, "end of a chunk's size");
    const std::string digits(rest.substr(0, rest.find_first_of(" \t;\r")));
    hold(!digits.empty() && digits.size() <= 16, "digits of a chunk's size");
    hold(digits.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos, "a chunk's size");
    const std::size_t size = std::stoull(digits, nullptr, 16);
    rest.remove_prefix(end + 2);
    if (size == 0) break;
    hold(rest.size() >= size + 2 && rest.substr(size, 2) == "\r\n", "end of a chunk");
    body += rest.substr(0, size);
    rest.remove_prefix(size + 2);
  }
  if (rest == "\r\n") return body;
  hold(rest.size() > 4 && rest.substr(rest.size() - 4) == "\r\n\r\n", "end of the trailers");
  for (const std::string& line : split(rest.substr(0, rest.size() - 4), "\r\n")) {
    const std::string name = lowered(field_of(line, limits).first);
    hold(name != "content-length" && name != "transfer-encoding" && name != "host", "a trailer that frames");
    hold(++headers <= limits.max_headers, "count of headers and trailers");
  }
  return body;
}

void check(std::string_view wire, const Framed& framed, const Limits& limits) {
  if (wire.substr(0, 2) == "\r\n") wire.remove_prefix(2);
  const std::size_t head_end = wire.find("\r\n\r\n");
  hold(head_end != std::string_view::npos && head_end + 4 <= limits.max_head, "end of the head");
  std::vector<std::string> lines = split(wire.substr(0, head_end), "\r\n");
  check_request_line(lines.front(), framed, limits);
  lines.erase(lines.begin());
  hold(lines.size() == framed.headers.size() && lines.size() <= limits.max_headers, "count of headers");

  std::vector<std::string> hosts;
  std::vector<std::string> lengths;
  std::vector<std::string> codings;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto field = field_of(lines[i], limits);
    const std::string name = lowered(field.first);
    hold(name.rfind("remote_", 0) != 0 && name.rfind("local_", 0) != 0, "a reserved name");
    hold(framed.headers[i].first == field.first, "a header's name");
    hold(framed.headers[i].second == field.second || name == "host", "a header's value");
    if (name == "host") hosts.push_back(field.second);
    if (name == "content-length") lengths.push_back(field.second);
    if (name == "transfer-encoding") codings.push_back(lowered(field.second));
  }
  hold(hosts.size() == 1 || (hosts.empty() && framed.version == front::Version::http10), "one Host");
  hold(lengths.size() + codings.size() <= 1, "one framing");

  hold(framed.body.size() <= limits.max_body, "length of the body");
  const std::string_view rest = wire.substr(head_end + 4);
  if (!codings.empty()) {
    hold(codings.front() == "chunked", "coding");
    hold(decoded(rest, lines.size(), limits) == framed.body, "chunked body");
  } else {
    hold(rest == framed.body, "body");
    hold(lengths.empty() ? rest.empty() : std::stoull(lengths.front()) == rest.size(), "length");
    hold(lengths.empty() || lengths.front().find_first_not_of("0123456789") == std::string::npos, "digits");
  }
}

}  // namespace

std::string second_opinion(std::string_view wire, const Framed& framed, const Limits& limits) {
  try {
    check(wire, framed, limits);
  } catch (const std::exception& difference) {
    return difference.what();
  }
  return {};
}

std::string broken_property(std::string_view input, const Cutter& cutter, const Limits& limits) {
  const Outcome whole = outcome_of(input, limits);
  const Outcome bytes = outcome_of(
      input, [] { return std::size_t{1}; }, limits);
  const Outcome cut = outcome_of(input, cutter, limits);
  if (!(bytes == whole)) return "byte by byte: " + text(bytes) + "; whole: " + text(whole);
  if (!(cut == whole)) return "cut: " + text(cut) + "; whole: " + text(whole);
  for (std::size_t i = 0; i < whole.requests.size(); ++i) {
    const std::string difference = second_opinion(whole.wires[i], whole.requests[i], limits);
    if (!difference.empty()) return "accepted in spite of its " + difference;
  }
  if (whole.refused() && (whole.refusal.status < 400 || whole.refusal.detail.empty()))
    return "no reason to refuse";
  return {};
}

}  // namespace desist::test::wire
