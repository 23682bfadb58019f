#include "server/router.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <stdexcept>
#include <utility>

#include "server/text.hpp"
#include "store/utf8.hpp"

namespace desist::server {
namespace {

// What the front passes on. CONNECT and TRACE have no meaning for a resource of ours.
constexpr std::array<std::string_view, 7> known_methods = {"GET",   "HEAD",   "POST",   "PUT",
                                                           "PATCH", "DELETE", "OPTIONS"};

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw std::invalid_argument("route \"" + path + "\": " + what);
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c); });
}

/// One segment of a route's path, checked.
struct Pattern {
  std::string_view text;  // the literal, or the parameter's name
  bool is_parameter = false;
};

Pattern parse_segment(const std::string& path, std::string_view segment) {
  const bool braces = segment.find_first_of("{}") != std::string_view::npos;
  if (braces) {
    const bool whole = segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
    const std::string_view name = whole ? segment.substr(1, segment.size() - 2) : std::string_view();
    if (!is_name(name)) {
      refuse(path,
             "\"" + std::string(segment) +
                 "\": a parameter is a whole segment, such as {year}, named with letters, digits and '_'");
    }
    return {.text = name, .is_parameter = true};
  }
  if (segment == "." || segment == "..")
    refuse(path, "a segment \".\" or \"..\" never arrives from a client");
  if (!is_utf8(segment)) refuse(path, "not valid UTF-8");
  for (const char c : segment) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) refuse(path, "a control character");
    if (c == '?' || c == '#') refuse(path, std::string("'") + c + "' does not belong to a path");
    if (c == '%') refuse(path, "'%': write the segment as it is when decoded");
  }
  return {.text = segment};
}

std::vector<Pattern> parse(const std::string& path) {
  if (path.empty() || path.front() != '/') refuse(path, "a path begins with '/'");
  std::vector<Pattern> patterns;
  std::string_view rest = std::string_view(path).substr(1);
  while (true) {
    const std::size_t slash = rest.find('/');
    const std::string_view segment = rest.substr(0, slash);
    if (segment.empty() && slash != std::string_view::npos) refuse(path, "an empty segment");
    patterns.push_back(parse_segment(path, segment));
    if (slash == std::string_view::npos) return patterns;
    rest.remove_prefix(slash + 1);
  }
}

void add_to_allow(std::string& allow, std::string_view method) {
  const std::string list = ", " + allow + ",";
  if (list.find(", " + std::string(method) + ",") != std::string::npos) return;
  // OPTIONS, which is always there, stays at the end.
  const std::size_t end = allow.rfind("OPTIONS");
  allow.insert(end, std::string(method) + ", ");
}

}  // namespace

struct Router::Node {
  struct Taker {
    std::string method;
    std::size_t target;
    std::string path;  // as it was given, for messages
  };

  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::unique_ptr<Node> parameter;
  std::vector<Taker> takers;  // empty: no route ends here
  std::string allow = "OPTIONS";

  [[nodiscard]] const Taker* taker(std::string_view method) const {
    const auto found =
        std::find_if(takers.begin(), takers.end(), [&](const Taker& t) { return t.method == method; });
    if (found != takers.end()) return &*found;
    return method == "HEAD" ? taker("GET") : nullptr;
  }
};

/// A walk from the root with the segments of one path. It turns back where a literal leads nowhere; each node
/// is visited once at the most, since there is one way to it.
struct Router::Search {
  std::vector<std::string_view> segments;
  std::vector<std::string> decoded;     // what the views of escaped segments look at
  std::vector<std::size_t> parameters;  // indices of the segments that parameters took

  enum class Cut { fine, too_many, malformed };

  Cut cut(std::string_view path, std::size_t most) {
    std::size_t escaped = 0;
    bool too_many = false;
    std::string_view rest = path.substr(1);
    for (bool more = true; more && !too_many;) {
      const std::size_t slash = rest.find('/');
      segments.push_back(rest.substr(0, slash));
      if (segments.back().find('%') != std::string_view::npos) ++escaped;
      more = slash != std::string_view::npos;
      if (more) rest.remove_prefix(slash + 1);
      too_many = more && segments.size() == most;
    }
    decoded.reserve(escaped);
    for (std::string_view& segment : segments) {
      if (segment.find('%') == std::string_view::npos) continue;
      if (!percent_decode(segment, Plus::literal, decoded.emplace_back())) return Cut::malformed;
      segment = decoded.back();
    }
    return too_many ? Cut::too_many : Cut::fine;
  }

  const Node* walk(const Node& node, std::size_t depth) {
    if (depth == segments.size()) return node.takers.empty() ? nullptr : &node;
    const auto literal = node.literals.find(segments[depth]);
    if (literal != node.literals.end()) {
      if (const Node* end = walk(*literal->second, depth + 1)) return end;
    }
    if (node.parameter == nullptr || segments[depth].empty()) return nullptr;
    parameters.push_back(depth);
    if (const Node* end = walk(*node.parameter, depth + 1)) return end;
    parameters.pop_back();
    return nullptr;
  }
};

Router::Router() : root_(std::make_unique<Node>()) {}
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;
Router::~Router() = default;

std::vector<std::string> Router::add(const std::string& path, const std::vector<std::string>& methods,
                                     std::size_t target) {
  const std::vector<Pattern> patterns = parse(path);
  if (methods.empty()) refuse(path, "no methods");
  std::vector<std::string> names;
  Node* node = root_.get();
  for (const Pattern& pattern : patterns) {
    if (pattern.is_parameter && std::find(names.begin(), names.end(), pattern.text) != names.end()) {
      refuse(path, "two parameters named \"" + std::string(pattern.text) + "\"");
    }
    if (pattern.is_parameter) names.emplace_back(pattern.text);
    std::unique_ptr<Node>& next =
        pattern.is_parameter ? node->parameter : node->literals[std::string(pattern.text)];
    if (next == nullptr) next = std::make_unique<Node>();
    node = next.get();
  }
  std::vector<Node::Taker> takers = node->takers;
  for (const std::string& method : methods) {
    if (std::find(known_methods.begin(), known_methods.end(), method) == known_methods.end()) {
      refuse(path, "method \"" + method + "\": one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    for (const Node::Taker& other : takers) {
      if (other.method == method) {
        refuse(path, "route \"" + other.path + "\" takes " + method + " for the same paths already");
      }
    }
    takers.push_back({.method = method, .target = target, .path = path});
  }
  node->takers = std::move(takers);
  for (const std::string& method : methods) {
    for (std::string* allow : {&node->allow, &allow_all_}) {
      add_to_allow(*allow, method);
      if (method == "GET") add_to_allow(*allow, "HEAD");
    }
  }
  depth_ = std::max(depth_, patterns.size());
  return names;
}

std::variant<Router::Found, Router::NotFound, Router::NotAllowed, Router::Malformed> Router::find(
    std::string_view method, std::string_view path) const {
  if (path == "*") return NotAllowed{.allow = allow_all_};
  if (path.empty() || path.front() != '/') return NotFound{};
  Search search;
  switch (search.cut(path, std::max<std::size_t>(depth_, 1))) {
    case Search::Cut::malformed:
      return Malformed{};
    case Search::Cut::too_many:
      return NotFound{};
    case Search::Cut::fine:
      break;
  }
  const Node* node = search.walk(*root_, 0);
  if (node == nullptr) return NotFound{};
  const Node::Taker* taker = node->taker(method);
  if (taker == nullptr) return NotAllowed{.allow = node->allow};
  Found found{.target = taker->target, .values = {}};
  found.values.reserve(search.parameters.size());
  for (const std::size_t index : search.parameters) found.values.emplace_back(search.segments[index]);
  return found;
}

}  // namespace desist::server
