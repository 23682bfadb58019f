#include "sources/base64.hpp"

#include <cstdint>
#include <string_view>

namespace desist {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// Three bytes are four digits; the missing ones of a shorter group count as zero.
void write_group(char* out, std::span<const std::byte> group) {
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    bits = (bits << 8U) | (i < group.size() ? std::to_integer<std::uint32_t>(group[i]) : 0U);
  }
  for (std::size_t i = 0; i < 4; ++i) out[i] = alphabet[(bits >> (18U - 6U * i)) & 63U];
}

}  // namespace

void append_base64(std::string& out, std::span<const std::byte> bytes) {
  std::size_t at = out.size();
  out.resize(at + (bytes.size() + 2) / 3 * 4, '=');
  for (; bytes.size() >= 3; bytes = bytes.subspan(3), at += 4) write_group(&out[at], bytes.first(3));
  if (bytes.empty()) return;
  write_group(&out[at], bytes);
  for (std::size_t i = bytes.size() + 1; i < 4; ++i) out[at + i] = '=';
}

}  // namespace desist
