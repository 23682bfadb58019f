#include "front/wire/case.hpp"

#include <iterator>
#include <utility>

namespace desist::test::wire {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  out.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string with_line(std::string_view line) {
  return std::string(line) + "\r\nHost: a\r\n\r\n";
}

std::string get(std::string_view target) {
  return with_line("GET " + std::string(target) + " HTTP/1.1");
}

std::string post(std::string_view header_lines, std::string_view body) {
  std::string request = "POST /p HTTP/1.1\r\nHost: a\r\n";
  request += header_lines;
  request += "\r\n";
  request += body;
  return request;
}

std::string chunked(std::string_view body) {
  return post("Transfer-Encoding: chunked\r\n", body);
}

Cases all_cases() {
  Cases all;
  for (Cases (*topic)() :
       {request_line_cases, target_cases, header_cases, host_cases, length_cases, coding_cases, chunk_cases,
        option_cases, limit_cases, pipeline_cases, hiding_cases}) {
    Cases some = topic();
    all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return all;
}

}  // namespace desist::test::wire
