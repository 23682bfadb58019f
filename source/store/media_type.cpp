#include "store/media_type.hpp"

namespace desist {

std::string media_type(std::string_view content_type) {
  constexpr std::string_view blank = " \t";
  std::string_view type = content_type.substr(0, content_type.find(';'));
  const std::size_t first = type.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  type = type.substr(first, type.find_last_not_of(blank) - first + 1);
  std::string lower(type);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

}  // namespace desist
