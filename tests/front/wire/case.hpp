#pragma once

/// Raw bytes and what must become of them, for the framer alone and for a whole server over sockets.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace desist::test::wire {

inline constexpr int accepted = 0;

/// Sent with default limits, `input` holds `requests` good requests; behind them stands nothing (`status` is
/// `accepted`), or what is refused with `status` and ends the connection. No input ends within a request that
/// could still become good: whoever sends it never has to wait for a time-out. Where a request asks for the
/// connection to be closed, it is the last.
struct Case {
  std::string name;
  std::string input;
  int status = accepted;
  std::size_t requests = 1;
};

using Cases = std::vector<Case>;

[[nodiscard]] Cases request_line_cases();
[[nodiscard]] Cases target_cases();
[[nodiscard]] Cases header_cases();
[[nodiscard]] Cases host_cases();
[[nodiscard]] Cases length_cases();
[[nodiscard]] Cases coding_cases();
[[nodiscard]] Cases chunk_cases();
[[nodiscard]] Cases option_cases();
[[nodiscard]] Cases limit_cases();
[[nodiscard]] Cases pipeline_cases();
[[nodiscard]] Cases hiding_cases();

/// All of the above. Names are unique.
[[nodiscard]] Cases all_cases();

/// A good request with these header lines (each with its CR LF) behind Host, and this body behind the head.
[[nodiscard]] std::string post(std::string_view header_lines, std::string_view body = {});
[[nodiscard]] std::string get(std::string_view target);
/// A request with this request line (without CR LF) and a Host.
[[nodiscard]] std::string with_line(std::string_view line);
/// A chunked request with this body, as it stands on the wire.
[[nodiscard]] std::string chunked(std::string_view body);

[[nodiscard]] std::string repeated(std::string_view text, std::size_t times);

}  // namespace desist::test::wire
