#include "cli/section.hpp"

#include <algorithm>
#include <cstdint>

namespace desist::cli {

Position begin_of(const toml::node& node) {
  const toml::source_position begin = node.source().begin;
  return {begin.line, begin.column};
}

Position begin_of(const toml::key& key) {
  const toml::source_position begin = key.source().begin;
  return {begin.line, begin.column};
}

std::string describe(const toml::node& node) {
  if (const auto* integer = node.as_integer()) return fmt::format("the integer {}", integer->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("the number {}", number->get());
  if (const auto* boolean = node.as_boolean())
    return boolean->get() ? "the boolean true" : "the boolean false";
  if (const auto* text = node.as_string()) return fmt::format("the string \"{}\"", text->get());
  if (node.is_array()) return "an array";
  if (node.is_table()) return "a table";
  return "a date or time";
}

Section::Section(const toml::table& table, std::string name, Position at, Problems& problems)
    : table_(table), name_(std::move(name)), at_(at), problems_(problems) {}

Position Section::at(std::string_view key) const {
  const toml::node* node = table_.get(key);
  return node != nullptr ? begin_of(*node) : at_;
}

const toml::node* Section::take(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  return table_.get(key);
}

const toml::node* Section::any(std::string_view key) {
  return take(key);
}

const std::string* Section::taken_text(std::string_view key, std::string_view example) {
  const toml::node* node = take(key);
  if (node == nullptr) return nullptr;
  const auto* value = node->as_string();
  if (value == nullptr) {
    problem(key, fmt::format("{} where a string belongs; write {} = {}", describe(*node), key, example));
    return nullptr;
  }
  if (value->get().find('\0') != std::string::npos) {
    problem(key, fmt::format("a NUL character; write {} = {}", key, example));
    return nullptr;
  }
  return &value->get();
}

bool Section::text(std::string_view key, std::string& out, std::string_view example) {
  const std::string* value = taken_text(key, example);
  if (value == nullptr) return false;
  out = *value;
  return true;
}

PlacedTexts Section::texts(std::string_view key, std::string_view example) {
  const toml::node* node = take(key);
  if (node == nullptr) return {};
  const toml::array* array = node->as_array();
  if (array == nullptr) {
    problem(key, fmt::format("{} where an array of strings belongs; write {} = {}", describe(*node), key,
                             example));
    return {};
  }
  PlacedTexts texts;
  texts.whole = true;
  for (const toml::node& element : *array) {
    const auto* value = element.as_string();
    if (value != nullptr && value->get().find('\0') == std::string::npos) {
      texts.items.push_back({value->get(), begin_of(element)});
      continue;
    }
    texts.whole = false;
    const std::string what = value != nullptr ? "a NUL character" : describe(element);
    problems_.add(begin_of(element),
                  fmt::format("{}: {} in an array of strings; write {} = {}", key, what, key, example));
  }
  return texts;
}

PlacedTexts Section::some_texts(std::string_view key, std::string_view example) {
  PlacedTexts read = texts(key, example);
  if (read.whole && read.items.empty())
    problem(key, fmt::format("an empty array; write {} = {}", key, example));
  return read;
}

bool Section::duration(std::string_view key, Duration& out, Between<Duration> range) {
  const toml::node* node = table_.get(key);
  if (node != nullptr && node->is_integer()) {
    take(key);
    problem(key, fmt::format("the integer {0} has no unit; write {1} = \"{0}s\" (or ms, m, h)",
                             node->as_integer()->get(), key));
    return false;
  }
  const std::string* written = taken_text(key, fmt::format("\"{}\"", to_text(out)));
  if (written == nullptr) return false;
  const Read<Duration> value = parse_duration(*written);
  if (!value) {
    problem(key, value.error());
    return false;
  }
  if (*value < range.least || *value > range.most) {
    problem(key,
            fmt::format("\"{}\" is too {}; write \"{}\" to \"{}\"", *written,
                        *value < range.least ? "short" : "long", to_text(range.least), to_text(range.most)));
    return false;
  }
  out = *value;
  return true;
}

bool Section::size(std::string_view key, std::size_t& out, Between<std::size_t> range) {
  const toml::node* node = table_.get(key);
  if (node != nullptr && node->is_integer()) {
    take(key);
    problem(key, fmt::format("the integer {0} has no unit; write {1} = \"{0}B\" (or KiB, MiB)",
                             node->as_integer()->get(), key));
    return false;
  }
  const std::string* written = taken_text(key, fmt::format("\"{}\"", size_text(out)));
  if (written == nullptr) return false;
  const Read<std::size_t> value = parse_size(*written);
  if (!value) {
    problem(key, value.error());
    return false;
  }
  if (*value < range.least || *value > range.most) {
    problem(key, fmt::format("\"{}\" is too {}; write \"{}\" to \"{}\"", *written,
                             *value < range.least ? "small" : "large", size_text(range.least),
                             size_text(range.most)));
    return false;
  }
  out = *value;
  return true;
}

bool Section::count(std::string_view key, std::size_t& out, Between<std::size_t> range) {
  const toml::node* node = take(key);
  if (node == nullptr) return false;
  const auto* integer = node->as_integer();
  if (integer == nullptr) {
    problem(key, fmt::format("{} where an integer belongs; write {} = {}", describe(*node), key, out));
    return false;
  }
  const std::int64_t value = integer->get();
  if (value < static_cast<std::int64_t>(range.least) || value > static_cast<std::int64_t>(range.most)) {
    problem(key,
            fmt::format("{} is out of range; write a number from {} to {}", value, range.least, range.most));
    return false;
  }
  out = static_cast<std::size_t>(value);
  return true;
}

bool Section::endpoint(std::string_view key, Endpoint& out) {
  const toml::node* node = table_.get(key);
  if (node != nullptr && node->is_integer()) {
    take(key);
    problem(key, fmt::format("the integer {0} has no address; write {1} = \"127.0.0.1:{0}\"",
                             node->as_integer()->get(), key));
    return false;
  }
  const std::string* written = taken_text(key, fmt::format("\"{}\"", to_text(out)));
  if (written == nullptr) return false;
  Read<Endpoint> value = parse_endpoint(*written);
  if (!value) {
    problem(key, value.error());
    return false;
  }
  out = std::move(*value);
  return true;
}

const toml::table* Section::table(std::string_view key, std::string_view example) {
  const toml::node* node = take(key);
  if (node == nullptr) return nullptr;
  const toml::table* table = node->as_table();
  if (table == nullptr) {
    problem(key, fmt::format("{} where a table belongs; write {}", describe(*node), example));
  }
  return table;
}

void Section::require(std::string_view key, std::string_view example) {
  if (has(key)) return;
  problems_.add(at_, fmt::format("{}: {} is missing; add {} = {}", name_, key, key, example));
}

void Section::problem(std::string_view key, std::string_view text) {
  problems_.add(at(key), fmt::format("{}: {}", key, text));
}

void Section::close() {
  for (const auto& [key, node] : table_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
    problems_.add(begin_of(key), fmt::format("unknown key \"{}\" in {}; {}", key.str(), name_,
                                             suggestion(key.str(), known_)));
  }
}

}  // namespace desist::cli
