#include "front/framer.hpp"

// A chain of readers, one a part of the request: request line, headers, then a sized or a chunked body. Each
// uses bytes until its part is complete, and never looks at one twice.
//
// 1. Every decision is taken at a fixed byte, whatever stood in the same `consume`: that is why cuts do not
// matter.
// 2. A part is judged when it is complete (the line, each header, the headers together); limits and forbidden
// bytes
//    are noticed at the byte that breaks them. The first fault is final.
// 3. What a request may take of the head's allowance is one sum, trailers and chunk extensions included.

#include <algorithm>
#include <cassert>
#include <utility>

#include "front/characters.hpp"

namespace desist::front {

Framer::Framer(const Limits& limits) : limits_(limits), room_(limits) {}

std::size_t Framer::consume(std::string_view input) {
  std::size_t used = 0;
  while (used < input.size() && stage_ < Stage::complete) {
    const Step step = advance(input.substr(used));
    used += step.used;
    if (!step.fault) continue;
    refusal_ = refuse_now(step.fault->status, std::string(step.fault->detail));
    stage_ = Stage::refused;
  }
  return used;
}

Step Framer::advance(std::string_view input) {
  switch (stage_) {
    case Stage::request_line: {
      const Step step = line_.consume(input, room_);
      if (line_.complete()) stage_ = Stage::headers;
      return step;
    }
    case Stage::headers:
      return read_headers(input);
    case Stage::sized_body:
      return read_sized_body(input);
    case Stage::chunked_body:
      return read_chunked_body(input);
    case Stage::complete:
    case Stage::refused:
      break;
  }
  return {0, {}};
}

Step Framer::read_headers(std::string_view input) {
  const Step step = headers_.consume(input, room_);
  if (step.fault || !headers_.complete()) return step;
  const auto framing = framing_of(line_.version, headers_.fields, limits_.max_body);
  if (!framing) return {step.used, framing.error()};
  framing_ = *framing;
  enter_body();
  return step;
}

void Framer::enter_body() {
  wants_continue_ = framing_.expects_continue;
  switch (framing_.body) {
    case Framing::Body::none:
      stage_ = Stage::complete;
      break;
    case Framing::Body::sized:
      stage_ = Stage::sized_body;
      break;
    case Framing::Body::chunked:
      stage_ = Stage::chunked_body;
      break;
  }
}

Step Framer::read_sized_body(std::string_view input) {
  wants_continue_ = false;
  const std::string_view piece = input.substr(0, framing_.length - body_.size());
  body_.append(piece);
  if (body_.size() == framing_.length) stage_ = Stage::complete;
  return {piece.size(), {}};
}

Step Framer::read_chunked_body(std::string_view input) {
  wants_continue_ = false;
  const Step step = chunks_.consume(input, room_, body_, limits_.max_body);
  if (chunks_.complete()) stage_ = Stage::complete;
  return step;
}

Framer::State Framer::state() const noexcept {
  switch (stage_) {
    case Stage::request_line:
      return line_.begun() ? State::head : State::idle;
    case Stage::headers:
      return State::head;
    case Stage::sized_body:
    case Stage::chunked_body:
      return State::body;
    case Stage::complete:
      return State::complete;
    case Stage::refused:
      break;
  }
  return State::refused;
}

Framed Framer::take() {
  assert(stage_ == Stage::complete);
  Framed framed{.method = std::move(line_.method),
                .target = std::move(line_.target),
                .version = line_.version,
                .headers = std::move(headers_.fields),
                .body = std::move(body_),
                .keep_alive = framing_.keep_alive};
  if (!line_.authority.empty()) {
    // RFC 9112, section 3.2.2: with an absolute form the received Host is ignored for the target's authority.
    const auto host = std::find_if(framed.headers.begin(), framed.headers.end(),
                                   [](const auto& field) { return same_name(field.first, "Host"); });
    if (host != framed.headers.end()) host->second = std::move(line_.authority);
  }
  *this = Framer(limits_);
  return framed;
}

Refusal Framer::refuse_now(int status, std::string detail) const {
  return {.status = status,
          .detail = std::move(detail),
          .method = line_.method,
          .path = line_.target.substr(0, line_.target.find_first_of("?#")),
          .id = request_id_of(headers_.fields)};
}

}  // namespace desist::front
