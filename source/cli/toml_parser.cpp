// toml++'s parser asserts what some malformed files break ("a = [ }", "[[[a]]]"): its library aborts then,
// or, built without assertions, goes on into undefined behaviour. So the parser is compiled here, and here
// only, with assertions that throw. Where one fails there is no position; it is the end of the shortest part
// of the text that fails likewise, since the parser reads from left to right and looks no further than one
// character ahead.

#undef NDEBUG
namespace desist::cli {
struct ParserGaveUp {};
[[noreturn]] inline void give_up() {
  throw ParserGaveUp{};
}
}  // namespace desist::cli
#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : ::desist::cli::give_up())
#define TOML_IMPLEMENTATION

#include "cli/toml_parser.hpp"

namespace desist::cli {
namespace {

bool gives_up(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
  } catch (const ParserGaveUp&) {
    return true;
  } catch (const toml::parse_error&) {
  }
  return false;
}

/// Line and column of the last character.
Position end_of(std::string_view text) {
  Position at{1, 1};
  for (const char c : text.substr(0, text.empty() ? 0 : text.size() - 1)) {
    const bool continues_character = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (c == '\n') {
      at = {at.line + 1, 1};
    } else if (!continues_character) {
      ++at.column;
    }
  }
  return at;
}

SyntaxError locate(std::string_view text) {
  std::size_t fine = 0;
  std::size_t wrong = text.size();
  while (wrong - fine > 1) {
    const std::size_t middle = fine + (wrong - fine) / 2;
    (gives_up(text.substr(0, middle)) ? wrong : fine) = middle;
  }
  return {end_of(text.substr(0, wrong)), "Error while parsing: this cannot stand here"};
}

}  // namespace

tl::expected<toml::table, SyntaxError> parse_toml(std::string_view text, const std::string& file) {
  try {
    return toml::parse(text, file);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return tl::unexpected(SyntaxError{{at.line, at.column}, std::string(error.description())});
  } catch (const ParserGaveUp&) {
    return tl::unexpected(locate(text));
  }
}

}  // namespace desist::cli
