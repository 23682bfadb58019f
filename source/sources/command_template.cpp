#include "sources/command_template.hpp"

#include <algorithm>
#include <utility>

#include "sources/process_output.hpp"

namespace desist {
namespace {

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

tl::unexpected<Error> invalid(std::string message) {
  return failure(ErrorCode::invalid, std::move(message));
}

}  // namespace

Result<CommandTemplate::Word> CommandTemplate::parse_word(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return invalid("a NUL byte");
  Word word;
  const auto literal = [&word](std::string_view part) {
    if (part.empty()) return;
    if (word.empty() || word.back().kind != Piece::Kind::text) word.push_back({Piece::Kind::text, {}});
    word.back().text += part;
  };
  while (!text.empty()) {
    const std::size_t brace = std::min(text.find_first_of("{}"), text.size());
    literal(text.substr(0, brace));
    text.remove_prefix(brace);
    if (text.empty()) break;
    if (text.starts_with("{{") || text.starts_with("}}")) {
      literal(text.substr(0, 1));
      text.remove_prefix(2);
      continue;
    }
    if (text.front() == '}') return invalid("a '}' that closes nothing; a brace as such is written '}}'");
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos)
      return invalid("a '{' that is not closed; a brace as such is written '{{'");
    const std::string_view name = text.substr(1, close - 1);
    if (name.empty() || name.find_first_not_of(name_characters) != std::string_view::npos) {
      return invalid("'{" + std::string(name) +
                     "}' names no parameter: a name has letters, digits, '_' and '-'");
    }
    word.push_back({Piece::Kind::parameter, std::string(name)});
    text.remove_prefix(close + 1);
  }
  return word;
}

Result<CommandTemplate> CommandTemplate::parse(const std::vector<std::string>& argv) {
  if (argv.empty() || argv.front().empty()) return invalid("argv names no program");
  CommandTemplate result;
  for (std::size_t i = 0; i < argv.size(); ++i) {
    const auto where = [&] {
      return "argv[" + std::to_string(i) + "] \"" + process::one_line(argv[i]) + "\": ";
    };
    Result<Word> word = parse_word(argv[i]);
    if (!word) return invalid(where() + word.error().message);
    for (const Piece& piece : *word) {
      if (piece.kind != Piece::Kind::parameter) continue;
      if (i == 0) return invalid(where() + "the program itself may not be a parameter");
      if (std::find(result.parameters_.begin(), result.parameters_.end(), piece.text) ==
          result.parameters_.end()) {
        result.parameters_.push_back(piece.text);
      }
    }
    result.words_.push_back(std::move(*word));
  }
  return result;
}

Result<std::vector<std::string>> CommandTemplate::fill(const Query& query,
                                                       Command::LeadingDash leading_dash) const {
  std::vector<std::string> words;
  words.reserve(words_.size());
  for (const Word& word : words_) {
    std::string& filled = words.emplace_back();
    for (const Piece& piece : word) {
      if (piece.kind == Piece::Kind::text) {
        filled += piece.text;
        continue;
      }
      const ParamValue* const value = query.find(piece.text);
      if (value == nullptr) return invalid("parameter '" + piece.text + "' is missing");
      const std::string text = to_text(*value);
      if (text.find('\0') != std::string::npos)
        return invalid("parameter '" + piece.text + "' holds a NUL byte");
      if (filled.empty() && text.starts_with('-') && leading_dash == Command::LeadingDash::refused) {
        return invalid("parameter '" + piece.text + "' would begin an argument with '-'");
      }
      filled += text;
    }
  }
  return words;
}

}  // namespace desist
