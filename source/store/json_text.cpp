#include "store/json_text.hpp"

#include <cstdint>
#include <limits>

#include <nlohmann/json.hpp>

#include "store/utf8.hpp"

namespace desist {
namespace {

void append_escape(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    default:
      break;
  }
  const auto code = static_cast<std::uint8_t>(c);
  out += "\\u00";
  out += hex[code >> 4U];
  out += hex[code & 0xFU];
}

constexpr bool plain(char c) noexcept {
  const auto code = static_cast<std::uint8_t>(c);
  return code >= 0x20 && code < 0x80 && c != '"' && c != '\\';
}

}  // namespace

bool append_json_string(std::string& out, std::string_view text, std::size_t max_size) {
  out += '"';
  while (!text.empty()) {
    std::size_t run = 0;  // of bytes that stand for themselves: nearly everything, appended at once
    while (run < text.size() && plain(text[run])) ++run;
    if (out.size() > max_size || run > max_size - out.size()) return false;
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    const Utf8Lead lead = utf8_lead(text);
    if (!lead.whole) {
      out += "\xEF\xBF\xBD";
    } else if (lead.size == 1) {
      append_escape(out, text[0]);
    } else {
      out.append(text.substr(0, lead.size));
    }
    text.remove_prefix(lead.size);
  }
  out += '"';
  return out.size() <= max_size;
}

void append_json_string(std::string& out, std::string_view text) {
  static_cast<void>(append_json_string(out, text, std::numeric_limits<std::size_t>::max()));
}

bool is_json_value(std::string_view text) {
  // The parser passes over a byte order mark and takes a NUL for the end of its input. Both would end up in
  // the middle of the document that the value is put into.
  if (text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos) return false;
  return nlohmann::json::accept(text);
}

}  // namespace desist
