#include "sources/base64.hpp"

#include <cstdint>
#include <string_view>

namespace desist {

void append_base64(std::string& out, std::span<const std::byte> bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (!bytes.empty()) {
    const std::size_t count = bytes.size() < 3 ? bytes.size() : 3;
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = (group << 8U) | (i < count ? std::to_integer<std::uint32_t>(bytes[i]) : 0U);
    }
    out += alphabet[(group >> 18U) & 63U];
    out += alphabet[(group >> 12U) & 63U];
    out += count > 1 ? alphabet[(group >> 6U) & 63U] : '=';
    out += count > 2 ? alphabet[group & 63U] : '=';
    bytes = bytes.subspan(count);
  }
}

}  // namespace desist
