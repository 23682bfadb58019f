#pragma once

/// Reads one table of a config: each call reads one key, checks it and reports what is wrong with it. Absent
/// keys leave the default in place, so a section reads as the list of what may stand in it.
///
///     Section section(table, "[log]", at, problems);
///     section.choice("format", options.log_format, {{"auto", LogFormat::automatic}, {"json",
///     LogFormat::json}}); section.close();                                     // every key that nobody
///     asked for is unknown

#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "cli/nearest.hpp"
#include "cli/problems.hpp"
#include "cli/units.hpp"
#include "server/ranges.hpp"

namespace desist::cli {

[[nodiscard]] Position begin_of(const toml::node& node);
[[nodiscard]] Position begin_of(const toml::key& key);

/// "the integer 10", "an array": what somebody wrote where something else belongs.
[[nodiscard]] std::string describe(const toml::node& node);

/// A string of an array, and where it stands.
struct PlacedText {
  std::string text;
  Position at;
};

/// What could be read of an array of strings.
struct PlacedTexts {
  std::vector<PlacedText> items;
  bool whole = false;  ///< it was there, and every element was a string
};

using server::Between;

class Section {
 public:
  /// `name` is how messages call it: "[server]". All referenced must outlive it.
  Section(const toml::table& table, std::string name, Position at, Problems& problems);
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// Where the key's value stands; the section itself where it is absent.
  [[nodiscard]] Position at(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

  /// Each reads one key into `out`, and returns whether it was there and right. `example` shows how to write
  /// it.
  bool text(std::string_view key, std::string& out, std::string_view example);
  bool duration(std::string_view key, Duration& out, Between<Duration> range);
  bool size(std::string_view key, std::size_t& out, Between<std::size_t> range);
  bool count(std::string_view key, std::size_t& out, Between<std::size_t> range);
  bool endpoint(std::string_view key, Endpoint& out);

  PlacedTexts texts(std::string_view key, std::string_view example);
  /// The same, of an array that must not be empty.
  PlacedTexts some_texts(std::string_view key, std::string_view example);

  template <class E>
  bool choice(std::string_view key, E& out, const std::vector<std::pair<std::string, E>>& choices) {
    std::string word;
    if (!text(key, word, fmt::format("\"{}\"", choices.front().first))) return false;
    std::vector<std::string> known;
    for (const auto& [name, value] : choices) {
      if (name == word) {
        out = value;
        return true;
      }
      known.push_back(name);
    }
    problem(key, fmt::format("\"{}\" is not one of its values; {}", word, suggestion(word, known)));
    return false;
  }

  /// The table under a key; null where it is absent or something else, which is reported.
  const toml::table* table(std::string_view key, std::string_view example);

  /// The value under a key, for what has more than one form; null where it is absent.
  const toml::node* any(std::string_view key);

  /// Reports a key that must be there and is not.
  void require(std::string_view key, std::string_view example);

  void problem(std::string_view key, std::string_view text);

  /// Reports every key that none of the calls above has asked for.
  void close();

 private:
  const toml::node* take(std::string_view key);
  const std::string* taken_text(std::string_view key, std::string_view example);

  const toml::table& table_;
  std::string name_;
  Position at_;
  Problems& problems_;
  std::vector<std::string> known_;
};

}  // namespace desist::cli
