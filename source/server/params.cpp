#include "server/params.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <utility>

#include <re2/re2.h>

#include "server/text.hpp"
#include "store/utf8.hpp"

namespace desist::server {
namespace {

// Enough for any sane pattern and its automaton; beyond, RE2 refuses the pattern or falls back to a slower,
// smaller way to match.
constexpr std::int64_t pattern_memory = 1024 * 1024;

// What a text is unless the route says otherwise.
constexpr std::string_view word_pattern = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";

// Whether it matches word_pattern. By hand, because most parameters are words, and because RE2 takes 2 KiB of
// the stack, which a request that then waits holds on to.
bool is_word(std::string_view text) noexcept {
  const auto is_inner = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  };
  return !text.empty() && text.size() <= 128 && text.front() != '.' && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), is_inner);
}

std::string pattern_of(const Param& param) {
  if (!param.pattern.empty()) return param.pattern;
  switch (param.type) {
    case Param::Type::text:
      return std::string(word_pattern);
    case Param::Type::integer:
      return "-?[0-9]{1,19}";
    case Param::Type::number:
      return "-?[0-9]{1,40}(\\.[0-9]{1,40})?([eE][-+]?[0-9]{1,3})?";
  }
  return {};
}

std::unique_ptr<RE2> compile(const std::string& pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(pattern_memory);
  return std::make_unique<RE2>(pattern, options);
}

template <class T>
std::optional<ParamValue> parse_as(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return ParamValue(value);
}

}  // namespace

struct Params::Rule {
  std::string name;
  Param::Type type = Param::Type::text;
  std::unique_ptr<RE2> pattern;
  std::optional<ParamValue> fallback;

  [[nodiscard]] tl::unexpected<std::string> refusal(std::string_view why) const {
    return tl::unexpected("Parameter \"" + name + "\" " + std::string(why));
  }

  [[nodiscard]] bool matches(const std::string& text) const {
    return pattern->pattern() == word_pattern ? is_word(text) : RE2::FullMatch(text, *pattern);
  }

  /// Of a decoded value.
  [[nodiscard]] tl::expected<ParamValue, std::string> check(std::string text) const {
    if (!is_utf8(text) || text.find('\0') != std::string::npos) return refusal("is not UTF-8 text.");
    if (!matches(text)) return refusal("must match " + pattern->pattern() + " as a whole.");
    std::optional<ParamValue> value;
    switch (type) {
      case Param::Type::text:
        return ParamValue(std::move(text));
      case Param::Type::integer:
        value = parse_as<std::int64_t>(text);
        if (!value) return refusal("must be an integer of 64 bits.");
        break;
      case Param::Type::number:
        value = parse_as<double>(text);
        if (!value) return refusal("must be a number that a double can hold.");
        break;
    }
    return std::move(*value);
  }
};

namespace {

[[noreturn]] void refuse(const std::string& route, const std::string& name, const std::string& what) {
  throw std::invalid_argument("route \"" + route + "\": parameter \"" + name + "\": " + what);
}

}  // namespace

Params::Params(const std::string& route, const std::vector<std::string>& in_path,
               const std::map<std::string, Param>& declared) {
  const auto make = [&](const std::string& name, const Param& param) {
    Rule rule{.name = name, .type = param.type, .pattern = compile(pattern_of(param)), .fallback = {}};
    if (!rule.pattern->ok()) {
      refuse(route, name,
             "pattern " + rule.pattern->pattern() + " is not an RE2 pattern: " + rule.pattern->error());
    }
    if (param.fallback) {
      auto value = rule.check(*param.fallback);
      if (!value) refuse(route, name, "its default would be refused: " + value.error());
      rule.fallback = std::move(*value);
    }
    return rule;
  };

  for (const std::string& name : in_path) {
    const auto found = declared.find(name);
    const Param param = found == declared.end() ? Param{} : found->second;
    if (param.fallback) refuse(route, name, "it stands in the path, where a default is never used");
    in_path_.push_back(make(name, param));
  }
  for (const auto& [name, param] : declared) {
    if (name.empty()) refuse(route, name, "it needs a name");
    if (std::find(in_path.begin(), in_path.end(), name) == in_path.end())
      in_query_.push_back(make(name, param));
  }
}

Params::Params(Params&&) noexcept = default;
Params::~Params() = default;

const Params::Rule* Params::find_in_query(std::string_view name) const {
  const auto found =
      std::find_if(in_query_.begin(), in_query_.end(), [&](const Rule& r) { return r.name == name; });
  return found == in_query_.end() ? nullptr : &*found;
}

tl::expected<Params::Values, std::string> Params::read(const std::vector<std::string>& path_values,
                                                       std::string_view query) const {
  Values values;
  for (std::size_t i = 0; i < in_path_.size(); ++i) {
    auto value = in_path_[i].check(path_values.at(i));
    if (!value) return tl::unexpected(std::move(value.error()));
    values.emplace(in_path_[i].name, std::move(*value));
  }
  while (!query.empty() && !in_query_.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    query = end == std::string_view::npos ? std::string_view() : query.substr(end + 1);

    const std::size_t equals = pair.find('=');
    std::string name;
    if (!percent_decode(pair.substr(0, equals), Plus::space, name)) continue;  // no name of ours
    const Rule* rule = find_in_query(name);
    if (rule == nullptr) continue;
    std::string text;
    if (equals != std::string_view::npos && !percent_decode(pair.substr(equals + 1), Plus::space, text)) {
      return rule->refusal("has a '%' that is not followed by two hexadecimal digits.");
    }
    auto value = rule->check(std::move(text));
    if (!value) return tl::unexpected(std::move(value.error()));
    if (!values.emplace(rule->name, std::move(*value)).second)
      return rule->refusal("is given more than once.");
  }
  for (const Rule& rule : in_query_) {
    if (values.contains(rule.name)) continue;
    if (!rule.fallback) return rule.refusal("is required.");
    values.emplace(rule.name, *rule.fallback);
  }
  return values;
}

}  // namespace desist::server
