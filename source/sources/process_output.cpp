#include "sources/process_output.hpp"

#include <cstdint>

#include <sys/ioctl.h>

#include "store/utf8.hpp"

namespace desist::process {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool continues(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// The code point of one well-formed character.
std::uint32_t code_point(std::string_view character) noexcept {
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(character[i])}; };
  if (character.size() == 1) return byte(0);
  std::uint32_t point = byte(0) & (0x7FU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) point = point << 6U | (byte(i) & 0x3FU);
  return point;
}

// C0 and C1 controls, DEL, the line separators, and what turns the direction of writing.
bool disturbs(std::uint32_t point) noexcept {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029 ||
         (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

void append_escaped(std::string& line, std::uint32_t point) {
  if (point == '\n') {
    line += "\\n";
  } else if (point == '\t') {
    line += "\\t";
  } else if (point == '\r') {
    line += "\\r";
  } else {
    constexpr std::string_view digits = "0123456789abcdef";
    line += point < 0x100 ? "\\x" : "\\u";
    for (unsigned shift = point < 0x100 ? 8 : 16; shift > 0;) {
      shift -= 4;
      line += digits[(point >> shift) & 0xFU];
    }
  }
}

}  // namespace

std::string one_line(std::string_view bytes) {
  std::string line;
  line.reserve(bytes.size());
  while (!bytes.empty()) {
    const Utf8Lead lead = utf8_lead(bytes);
    const std::size_t size = lead.size;
    if (!lead.whole) {
      line += replacement;
      bytes.remove_prefix(size);
      continue;
    }
    const std::uint32_t point = code_point(bytes.substr(0, size));
    if (disturbs(point)) {
      append_escaped(line, point);
    } else {
      line += bytes.substr(0, size);
    }
    bytes.remove_prefix(size);
  }
  return line;
}

void Tail::append(std::string_view bytes) {
  if (bytes.size() > size) {
    bytes.remove_prefix(bytes.size() - size);
    kept_.clear();
    cut_ = true;
  }
  kept_ += bytes;
  if (kept_.size() > 2 * size) kept_.erase(0, kept_.size() - size);
  if (kept_.size() > size) cut_ = true;
}

std::string Tail::line() const {
  std::string_view text = kept_;
  if (text.size() > size) text.remove_prefix(text.size() - size);
  if (cut_) {
    for (int i = 0; i < 3 && !text.empty() && continues(text.front()); ++i) text.remove_prefix(1);
  }
  const std::size_t last = text.find_last_not_of(" \t\r\n\v\f");
  if (last == std::string_view::npos) return {};
  return (cut_ ? "…" : "") + one_line(text.substr(0, last + 1));
}

std::size_t readable_bytes(int fd) noexcept {
  int count = 0;
  return ::ioctl(fd, FIONREAD, &count) == 0 && count > 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace desist::process
