#include "store/media_type.hpp"

#include <algorithm>

namespace desist {
namespace {

constexpr std::string_view blank = " \t";

bool is_in_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$&-^_.+").find(c) != std::string_view::npos;
}

/// Cuts a name off the front; false where there is none.
bool cut_name(std::string_view& text) noexcept {
  const auto end = std::find_if_not(text.begin(), text.end(), is_in_name);
  const bool found = end != text.begin();
  text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
  return found;
}

}  // namespace

bool is_content_type(std::string_view text) noexcept {
  if (!cut_name(text) || !text.starts_with('/')) return false;
  text.remove_prefix(1);
  if (!cut_name(text)) return false;
  if (text.empty()) return true;
  text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
  return text.starts_with(';') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  type.erase(type.find_last_not_of(blank) + 1);
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return type;
}

}  // namespace desist
