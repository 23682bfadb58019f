#include "front/answer.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <random>

#include <strings.h>

namespace desist::front {
namespace {

std::string_view title_of(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 411:
      return "Length Required";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return status < 400 ? "OK" : "Error";
  }
}

void append_json(std::string& out, std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += digits[byte >> 4U];
      out += digits[byte & 0xfU];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

// Names that the front sets itself, and never takes from an Answer.
bool is_reserved_header(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, 6> reserved = {
      "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Keep-Alive", "X-Request-Id"};
  const auto same = [name](std::string_view other) {
    return name.size() == other.size() && strncasecmp(name.data(), other.data(), name.size()) == 0;
  };
  return same("Date") || std::any_of(reserved.begin(), reserved.end(), same);
}

// English, whatever locale the program has set (RFC 9110, 5.6.7).
constexpr std::string_view day_names = "SunMonTueWedThuFriSat";
constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";

// Now. Valid on this thread until the next call.
const std::string& http_date() {
  thread_local std::time_t at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != at || text.empty()) {
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 64> buffer{};
    std::strftime(buffer.data(), buffer.size(), ", %d ??? %Y %H:%M:%S GMT", &parts);
    text.assign(day_names.substr(static_cast<std::size_t>(parts.tm_wday) * 3, 3)).append(buffer.data());
    text.replace(8, 3, month_names.substr(static_cast<std::size_t>(parts.tm_mon) * 3, 3));
    at = now;
  }
  return text;
}

// splitmix64's finaliser: a bijection, so that counting up never gives the same number twice.
std::uint64_t scatter(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

std::uint64_t random_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

}  // namespace

Answer problem(int status, std::string_view id, std::string_view detail) {
  std::string body = "{\"title\":";
  append_json(body, title_of(status));
  body.append(",\"status\":").append(std::to_string(status));
  if (!detail.empty()) {
    body += ",\"detail\":";
    append_json(body, detail);
  }
  body += ",\"request_id\":";
  append_json(body, id);
  body += "}\n";
  Answer answer;
  answer.status = status;
  answer.content_type = "application/problem+json";
  answer.body = std::move(body);
  answer.error = detail;
  if (status == 503) answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

void append_headers(std::string& out, const Answer& answer, const Letterhead& letterhead) {
  append_header(out, "Date", http_date());
  append_header(out, "X-Request-Id", letterhead.id);
  for (const auto& [name, value] : answer.headers) {
    if (!is_reserved_header(name) && is_header_text(name) && is_header_text(value)) {
      append_header(out, name, value);
    }
  }
  switch (letterhead.connection) {
    case Letterhead::Connection::close:
      append_header(out, "Connection", "close");
      break;
    case Letterhead::Connection::keep_aloud:
      append_header(out, "Connection", "keep-alive");
      break;
    case Letterhead::Connection::keep:
      break;
  }
}

bool is_header_text(std::string_view text) noexcept {
  return !text.empty() && text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool has_body(int status) noexcept {
  return status >= 200 && status != 204 && status != 304;
}

Written serialise(Answer answer, const Letterhead& letterhead) {
  auto* const body = std::get_if<std::string>(&answer.body);
  Written written;
  std::string& head = written.head;
  head.reserve(256);
  head.append("HTTP/1.1 ")
      .append(std::to_string(answer.status))
      .append(" ")
      .append(title_of(answer.status))
      .append("\r\n");
  append_headers(head, answer, letterhead);
  if (has_body(answer.status)) {
    if (is_header_text(answer.content_type)) append_header(head, "Content-Type", answer.content_type);
    append_header(head, "Content-Length", std::to_string(body == nullptr ? 0 : body->size()));
    if (letterhead.method != "HEAD" && body != nullptr) written.body = std::move(*body);
  }
  head += "\r\n";
  return written;
}

int status_of(Reason reason) noexcept {
  return reason == Reason::deadline_exceeded ? 504 : 503;
}

int status_of(const Error& error) noexcept {
  switch (error.code) {
    case ErrorCode::cancelled:
      return error.cause ? status_of(error.cause->reason) : 503;
    case ErrorCode::overloaded:
      return 503;
    case ErrorCode::invalid:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::failed:
    case ErrorCode::too_large:
      return 502;
  }
  return 502;
}

bool is_request_id(std::string_view text) noexcept {
  if (text.empty() || text.size() > 128 || text == "." || text == "..") return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

std::string make_request_id() {
  static const std::uint64_t seed = random_seed();
  static std::atomic<std::uint64_t> counter{0};
  static constexpr std::string_view digits = "0123456789abcdef";
  std::uint64_t bits = scatter(seed + counter.fetch_add(1, std::memory_order_relaxed));
  std::string id(16, '0');
  for (char& c : id) {
    c = digits[bits & 0xfU];
    bits >>= 4U;
  }
  return id;
}

}  // namespace desist::front
