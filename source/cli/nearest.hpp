#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace desist::cli {

/// How many letters must be inserted, dropped, changed or swapped with a neighbour to make one word of the
/// other (optimal string alignment). Letters of either case are the same letter.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known word that was most likely meant by `word`; empty where none is near.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);

/// The end of a message about an unknown word: `did you mean "max_body"?`, or else all that is known.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace desist::cli
