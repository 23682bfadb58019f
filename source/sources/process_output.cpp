#include "sources/process_output.hpp"

#include <array>
#include <cstdint>

#include <sys/ioctl.h>

namespace desist::process {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool continues(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

struct Decoded {
  std::uint32_t point = 0;
  std::size_t size = 0;  // 0: not UTF-8
};

// One code point from the front of `bytes`: shortest form only, no surrogates (RFC 3629).
Decoded decode(std::string_view bytes) noexcept {
  const auto first = static_cast<unsigned char>(bytes.front());
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes.size() < size) return {};
  std::uint32_t point = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(bytes[i])) return {};
    point = point << 6U | (static_cast<unsigned char>(bytes[i]) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (point < least.at(size) || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return {};
  return {point, size};
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
    const auto [point, size] = decode(bytes);
    if (size == 0) {
      line += replacement;
      bytes.remove_prefix(1);
      continue;
    }
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
