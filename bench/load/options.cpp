#include "options.hpp"

#include <charconv>
#include <string_view>
#include <system_error>

#include <arpa/inet.h>

namespace load {
namespace {

/// False where `text` is anything but a number that fits.
template <class Integer>
bool parse(std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Options::Options(int argc, char** argv) {
  if (argc < 2 || argc % 2 != 0)
    throw Misuse("wanted: leave, hold, hello or process, then --name value pairs");
  mode_ = argv[1];
  for (int i = 2; i < argc; i += 2) {
    const std::string name = argv[i];
    if (!name.starts_with("--")) throw Misuse("not an option: " + name);
    if (!given_.emplace(name.substr(2), argv[i + 1]).second) throw Misuse("given twice: " + name);
  }
}

std::string Options::text(const std::string& name, const std::string& otherwise) {
  const auto found = given_.extract(name);
  return found ? found.mapped() : otherwise;
}

std::string Options::text(const std::string& name) {
  const auto found = given_.extract(name);
  if (!found) throw Misuse("missing: --" + name);
  return found.mapped();
}

sockaddr_in Options::address(const std::string& name) {
  const std::string given = text(name);
  const std::size_t colon = given.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  std::uint16_t port = 0;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, given.substr(0, colon).c_str(), &address.sin_addr) != 1 ||
      !parse(std::string_view(given).substr(colon + 1), port) || port == 0) {
    throw Misuse("--" + name + " is an IPv4 address and a port, as 127.0.0.1:8080, not '" + given + "'");
  }
  address.sin_port = htons(port);
  return address;
}

std::int64_t Options::number(const std::string& name, const Number& expected) {
  const auto found = given_.extract(name);
  if (!found) return expected.otherwise;
  std::int64_t value = 0;
  if (parse(found.mapped(), value) && value >= expected.least && value <= expected.most) return value;
  throw Misuse("--" + name + " is a whole number from " + std::to_string(expected.least) + " to " +
               std::to_string(expected.most) + ", not '" + found.mapped() + "'");
}

void Options::expect_no_more() const {
  if (!given_.empty()) throw Misuse("unknown: --" + given_.begin()->first);
}

}  // namespace load
