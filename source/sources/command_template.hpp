#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "desist/command.hpp"

namespace desist {

/// The words of a command line with placeholders, parsed once. `{name}` stands for a parameter's value,
/// within one word; `{{` and `}}` stand for braces.
class CommandTemplate {
 public:
  /// Errors: `invalid`, naming the word and what would be right.
  [[nodiscard]] static Result<CommandTemplate> parse(const std::vector<std::string>& argv);

  /// The words for this query. Errors: `invalid`: a parameter that is missing or holds a NUL, or a value that
  /// begins a word with '-' where that is refused.
  [[nodiscard]] Result<std::vector<std::string>> fill(const Query& query,
                                                      Command::LeadingDash leading_dash) const;

  /// The first word, which has no placeholders: what is to be run.
  [[nodiscard]] std::string program() const { return words_.front().front().text; }

  /// The names, each once, in the order of their first use.
  [[nodiscard]] const std::vector<std::string>& parameters() const noexcept { return parameters_; }

 private:
  struct Piece {
    enum class Kind { text, parameter };
    Kind kind = Kind::text;
    std::string text;  // or the parameter's name
  };
  using Word = std::vector<Piece>;

  [[nodiscard]] static Result<Word> parse_word(std::string_view text);

  std::vector<Word> words_;
  std::vector<std::string> parameters_;
};

}  // namespace desist
