#include "front/framing.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "front/answer.hpp"
#include "front/characters.hpp"
#include "front/grammar.hpp"
#include "front/target.hpp"

namespace desist::front {
namespace {

constexpr Fault no_host{400, "Host must be sent exactly once."};
constexpr Fault many_hosts{400, "Host must be sent at most once."};
constexpr Fault bad_host{400, "Host must be a host, with a port or without, or empty."};
constexpr Fault coded_in_10{400, "Transfer-Encoding must not be sent with HTTP/1.0."};
constexpr Fault many_codings{400, "Transfer-Encoding must be sent at most once."};
constexpr Fault two_framings{400, "Content-Length and Transfer-Encoding must not be sent together."};
constexpr Fault bad_coding{400, "Transfer-Encoding must be chunked, once and last."};
constexpr Fault unknown_coding{501, "Transfer-Encoding must be chunked and nothing else."};
constexpr Fault many_lengths{400, "Content-Length must be sent at most once."};
constexpr Fault bad_length{400, "Content-Length must be decimal digits and nothing else."};
constexpr Fault long_body{413, "The body is longer than this server takes."};
constexpr Fault coded_content{415, "Content-Encoding must be identity, or left out."};
constexpr Fault bad_expectation{417, "Expect must be 100-continue, once, or left out."};
constexpr Fault bad_connection{400, "Connection must be a list of tokens."};
constexpr Fault bad_trailer{400, "Trailers must not say how the request is framed or routed."};

// What has to do with framing, gathered in one walk over the headers. Null where a header is missing.
struct Seen {
  const std::string* value = nullptr;
  std::size_t count = 0;

  void add(const std::string& text) {
    if (count++ == 0) value = &text;
  }
};

struct Gathered {
  Seen host;
  Seen length;
  Seen coding;
  Seen expect;
  bool coded_content = false;
  bool well_formed_connection = true;
  bool close = false;
  bool keep_alive = false;
};

// One Connection header: a list of tokens, where empty elements count for nothing (RFC 9110, section 5.6.1).
void gather_connection(std::string_view list, Gathered& all) {
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    const std::string_view option = trimmed(list.substr(0, comma));
    if (!all_of(Class::token, option)) all.well_formed_connection = false;
    if (same_name(option, "close")) all.close = true;
    if (same_name(option, "keep-alive")) all.keep_alive = true;
    if (comma == list.size()) return;
    list.remove_prefix(comma + 1);
  }
}

Gathered gather(const Fields& headers) {
  Gathered all;
  for (const auto& [name, value] : headers) {
    if (same_name(name, "Host")) {
      all.host.add(value);
    } else if (same_name(name, "Content-Length")) {
      all.length.add(value);
    } else if (same_name(name, "Transfer-Encoding")) {
      all.coding.add(value);
    } else if (same_name(name, "Expect")) {
      all.expect.add(value);
    } else if (same_name(name, "Content-Encoding")) {
      if (!same_name(value, "identity")) all.coded_content = true;
    } else if (same_name(name, "Connection")) {
      gather_connection(value, all);
    }
  }
  return all;
}

std::optional<Fault> fault_of_host(Version version, const Seen& host) {
  if (version == Version::http11 && host.count != 1) return no_host;
  if (host.count > 1) return many_hosts;
  if (host.count == 1 && !host.value->empty() && !is_authority(*host.value)) return bad_host;
  return {};
}

// Any coding but a plain "chunked" is refused; what is asked here is only how. Chunked that is not last, that
// is repeated, or that has parameters frames nothing, and no list at all means nothing: 400. Else it is a
// coding that is not implemented: 501.
Fault fault_of_coding(std::string_view value) {
  Cursor cursor(value);
  while (true) {
    const std::string_view coding = cursor.token();
    if (coding.empty()) return bad_coding;
    const bool chunked = same_name(coding, "chunked");
    cursor.skip_blanks();
    while (cursor.take(';')) {
      cursor.skip_blanks();
      if (chunked || !cursor.parameter()) return bad_coding;
      cursor.skip_blanks();
    }
    if (cursor.at_end()) return unknown_coding;
    if (chunked || !cursor.take(',')) return bad_coding;
    cursor.skip_blanks();
  }
}

std::optional<Fault> fault_of_coding(Version version, const Gathered& all) {
  if (all.coding.count == 0) return {};
  if (version == Version::http10) return coded_in_10;
  if (all.coding.count > 1) return many_codings;
  if (all.length.count > 0) return two_framings;
  if (!same_name(*all.coding.value, "chunked")) return fault_of_coding(*all.coding.value);
  return {};
}

tl::expected<std::size_t, Fault> length_of(const Seen& header, std::size_t max_body) {
  if (header.count == 0) return std::size_t{0};
  if (header.count > 1) return tl::unexpected(many_lengths);
  const std::string& text = *header.value;
  if (text.empty() || !all_of(Class::digit, text)) return tl::unexpected(bad_length);
  std::size_t length = 0;
  for (const char c : text) {
    const std::size_t digit = hex_value(c);
    if (length > (std::numeric_limits<std::size_t>::max() - digit) / 10) return tl::unexpected(long_body);
    length = length * 10 + digit;
  }
  if (length > max_body) return tl::unexpected(long_body);
  return length;
}

}  // namespace

tl::expected<Framing, Fault> framing_of(Version version, const Fields& headers, std::size_t max_body) {
  const Gathered all = gather(headers);
  if (auto fault = fault_of_host(version, all.host)) return tl::unexpected(*fault);
  if (auto fault = fault_of_coding(version, all)) return tl::unexpected(*fault);
  const auto length = length_of(all.length, max_body);
  if (!length) return tl::unexpected(length.error());
  if (!all.well_formed_connection) return tl::unexpected(bad_connection);
  if (all.coded_content) return tl::unexpected(coded_content);
  if (all.expect.count > 1 || (all.expect.count == 1 && !same_name(*all.expect.value, "100-continue"))) {
    return tl::unexpected(bad_expectation);
  }

  Framing framing;
  framing.length = *length;
  if (all.coding.count > 0) {
    framing.body = Framing::Body::chunked;
  } else if (*length > 0) {
    framing.body = Framing::Body::sized;
  }
  // HTTP/1.0 knows no 100 (Continue): RFC 9110, section 10.1.1, has it ignored there.
  framing.expects_continue =
      all.expect.count > 0 && version == Version::http11 && framing.body != Framing::Body::none;
  framing.keep_alive = !all.close && (version == Version::http11 || all.keep_alive);
  return framing;
}

std::optional<Fault> fault_of_trailers(const Fields& trailers) {
  constexpr std::array<std::string_view, 9> head_only{"Content-Length",   "Transfer-Encoding", "Host",
                                                      "Content-Encoding", "Connection",        "Expect",
                                                      "Upgrade",          "Trailer",           "TE"};
  for (const std::string_view name : head_only) {
    if (find_field(trailers, name) != nullptr) return bad_trailer;
  }
  return {};
}

std::string request_id_of(const Fields& headers) {
  const std::string* id = find_field(headers, "X-Request-Id");
  return id != nullptr && is_request_id(*id) ? *id : std::string();
}

}  // namespace desist::front
