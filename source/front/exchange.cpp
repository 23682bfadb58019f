#include "front/exchange.hpp"

#include <exception>
#include <utility>

// Who answers a request is decided once, by one atomic claim:
//
//           ┌── finished    the handler's result is the answer
//   open ───┼── stopped     a stop came first: the front answers, at that moment, by the cause
//           └── streaming ──┬── finished    the last part has been read
//                           └── stopped     a stop came first: the stream is cut off, and the client sees
//                           that
//
//  1. Whoever wins the claim owns the connection (connection.cpp, 5). The loser writes nothing.
//  2. `stopped` is the only way to be told: what finished is never reported as cancelled, however soon after
//  it the
//     Context stops. And it is always told: a handler that gives up because it was stopped makes the stop's
//     claim itself, where it is faster than the hook.
//  3. The stop's claim is made in the one hook of the root Context. The handler's Context is a child of it,
//  so the
//     answer does not wait for a stranger's hook: hooks run level by level. Callbacks of std::stop_tokens go
//     before all hooks (node.cpp), and do hold it up where they block.
//  4. The request is in flight, and keeps its slot, until its handler has returned and its stream has been
//  read,
//     answered or not. Before the answer goes out it is no longer in flight: a client that has its answer
//     finds the slot free, and the request no longer listed.
//  5. The hook is taken off before anything that it uses goes; taking it off waits for it.

namespace desist::front {
namespace {

constexpr std::size_t part_at_once = 32 * 1024;

std::string client_request_id(const Framed& framed) {
  const std::string* given = find_field(framed.headers, "X-Request-Id");
  return given != nullptr && is_request_id(*given) ? *given : make_request_id();
}

// W3C Trace Context, level 1: version, trace, parent and flags, all in lower-case hexadecimal digits.
bool is_traceparent(std::string_view text) {
  if (text.size() < 55) return false;
  for (std::size_t i = 0; i < 55; ++i) {
    const char c = text[i];
    const bool dash = i == 2 || i == 35 || i == 52;
    if (dash ? c != '-' : !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return false;
  }
  return text.size() == 55 || (text[55] == '-' && text.substr(0, 2) != "00");
}

std::optional<TimePoint> deadline_of(TimePoint start, const std::optional<Duration>& timeout) {
  if (!timeout || *timeout >= TimePoint::max() - start) return std::nullopt;
  return start + *timeout;
}

// "cancelled" with the cause that is the request's own, not some inner scope's, is the stop's to answer.
std::string_view explain(const Error& error) {
  switch (error.code) {
    case ErrorCode::overloaded:
      return "There is no room for this request at the moment.";
    case ErrorCode::invalid:
      return "A parameter or the body is not what is asked for here.";
    case ErrorCode::not_found:
      return "What is asked for is not there.";
    case ErrorCode::cancelled:
      return "The work was given up.";
    case ErrorCode::failed:
    case ErrorCode::too_large:
      return "The source of this answer failed.";
  }
  return {};
}

std::string_view explain(Reason reason) {
  switch (reason) {
    case Reason::deadline_exceeded:
      return "The time for this request ran out.";
    case Reason::shutting_down:
      return "The server is shutting down.";
    case Reason::operator_cancelled:
      return "The request was cancelled by an operator.";
    default:
      return "The request was cancelled.";
  }
}

[[gnu::noinline]] Result<Answer> threw(const char* what) {
  return failure(ErrorCode::failed, std::string("the handler threw: ") + what);
}

bool has_reader(const Answer& answer) {
  return std::holds_alternative<std::unique_ptr<Reader>>(answer.body);
}

}  // namespace

Exchange::Exchange(Engine& engine, std::shared_ptr<Connection> connection, Framed framed, TimePoint at)
    : engine_(engine),
      connection_(std::move(connection)),
      framed_(std::move(framed)),
      framed_at_(at),
      id_(client_request_id(framed_)) {
  const std::string_view target = framed_.target;
  const std::size_t mark = target.find('?');
  request_ = {.method = framed_.method,
              .path = target.substr(0, mark),
              .query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1),
              .body = framed_.body,
              .headers = framed_.headers,
              .id = id_,
              .client = connection_->client()};
}

bool Exchange::run() {
  if (engine_.draining()) {
    closing_ = true;
    open(std::nullopt, {});
    say(problem(503, id_, "The server is shutting down."));
    return finish();
  }
  // cpp-httplib comes after the work: its frames would double the stack of every thread that waits in a
  // handler. Of an answer to HEAD it writes the head alone.
  const std::optional<StreamedReply> streamed = reply();
  if (!streamed) return finish();
  const bool whole = engine_.bridge().answer(
      framed_.method == "HEAD" ? Bridge::Extent::head : Bridge::Extent::whole, *streamed, *this);
  if (streaming_) return finish_stream(whole);
  if (!whole) say(problem(500, id_));
  return finish();
}

std::optional<StreamedReply> Exchange::reply() {
  try {
    return plan() ? work() : std::nullopt;
  } catch (const std::exception&) {
    // Memory or threads are exhausted, or the service broke its word; never the handler, whose errors are
    // values here.
    if (attached_ && !claim(Claim::open, Claim::finished)) return std::nullopt;
    if (live_ == nullptr) open(std::nullopt, {});
    return say(problem(500, id_));
  }
}

// True where there is work to be done. Not inlined, as others below: what a frame between the poller and the
// handler holds, every request that waits holds.
[[gnu::noinline]] bool Exchange::plan() {
  std::variant<Answer, Work> plan = engine_.service().plan(request_);
  if (auto* work = std::get_if<Work>(&plan)) {
    work_ = std::move(*work);
    return true;
  }
  open(std::nullopt, {});
  say(std::get<Answer>(std::move(plan)));
  return false;
}

// ---- Work

std::optional<StreamedReply> Exchange::work() {
  slot_ = engine_.admit_request();
  if (!slot_ || !engine_.crew().keep_one_waiting()) {
    open(work_.route, {});
    return say(problem(503, id_, "The server is full."));
  }
  root_.emplace(Context::root(deadline_of(framed_at_, work_.timeout)));
  scope_.emplace(root_->context().with_cancel());
  open(work_.route, root_->canceller());
  context_ = make_context();
  attached_ = true;
  connection_->attach(*this);
  hook_.emplace(root_->context(), OnStopped{this});
  // Gone before it started, or the server ends: it has been told, and answered as far as anybody is there.
  if (claim_ != Claim::open) return std::nullopt;
  worker_.emplace(context_, work_.route, "handler");
  return conclude(call_handler());
}

Context Exchange::make_context() {
  Context ctx = scope_->context()
                    .with_value(keys::pool, &engine_.pool())
                    .with_value(keys::client, connection_->client())
                    .with_value(keys::request_id, id_)
                    .with_value(keys::live_request, live_);
  const std::string_view traceparent = request_.header("traceparent");
  return is_traceparent(traceparent) ? ctx.with_value(keys::traceparent, std::string(traceparent)) : ctx;
}

Result<Answer> Exchange::call_handler() {
  try {
    Result<Answer> result = work_.run(context_, request_);
    if (!result || !has_reader(*result) || !has_body(result->status) || framed_.method == "HEAD")
      return result;
    return begin_stream(std::move(*result));
  } catch (const std::exception& error) {
    return threw(error.what());
  } catch (...) {
    return threw("something that is no std::exception");
  }
}

// Reads the first part, so that a stream which fails at once is an error with an answer.
[[gnu::noinline]] Result<Answer> Exchange::begin_stream(Answer&& answer) {
  answer_ = std::move(answer);
  Result<std::size_t> size = read_part();
  if (!size) return tl::unexpected(std::move(size.error()));
  part_size_ = *size;
  return std::move(answer_);
}

Result<std::size_t> Exchange::read_part() {
  part_.resize(part_at_once);
  return std::get<std::unique_ptr<Reader>>(answer_.body)->read(context_, part_);
}

std::optional<StreamedReply> Exchange::conclude(Result<Answer> result) {
  if (!result) return fail(result.error());
  streaming_ = part_size_.has_value();
  if (!streaming_) worker_->note(Outcome::finished);
  if (!claim(Claim::open, streaming_ ? Claim::streaming : Claim::finished)) {
    streaming_ = false;
    return std::nullopt;
  }
  if (streaming_) live_->mark_answered(result->status);
  return say(std::move(*result));
}

std::optional<StreamedReply> Exchange::fail(const Error& error) {
  worker_->note(error.code == ErrorCode::cancelled ? Outcome::cancelled : Outcome::failed);
  if (root_->stop_requested()) on_stopped();  // it gave up because of that; the hook may be on its way
  if (!claim(Claim::open, Claim::finished)) return std::nullopt;
  const int status = status_of(error);
  return say(problem(status, id_, explain(error)));
}

// Runs as the root's hook on any thread, or on the handler's.
void Exchange::on_stopped() noexcept {
  const bool cut = !claim(Claim::open, Claim::stopped);
  if (cut && !claim(Claim::streaming, Claim::stopped)) return;
  const Cause cause = root_->cause().value_or(Cause{});
  live_->mark_told(cause);
  // Of a client that left, the connection tells us, and has it watched when all hooks have run.
  if (cause.reason != Reason::client_gone) live_->watch_overdue();
  if (cut) return connection_->nudge();
  if (cause.reason == Reason::client_gone) {
    connection_->abandon();
    live_->mark_answered(499);
    return;
  }
  const bool present = connection_->detach();
  const int status = present ? status_of(cause.reason) : 499;
  live_->mark_answered(status);
  if (!present) return;
  const Letterhead last{.id = id_, .method = framed_.method, .connection = Letterhead::Connection::close};
  connection_->deliver(serialise(problem(status, id_, explain(cause.reason)), last), After::linger);
  connection_->run();
}

bool Exchange::claim(Claim from, Claim to) noexcept {
  return claim_.compare_exchange_strong(from, to);
}

// ---- The answer

std::optional<StreamedReply> Exchange::say(Answer answer) {
  using Length = StreamedReply::Length;
  status_ = answer.status;
  if (!answer.error.empty()) live_->note_error(std::move(answer.error));
  const bool pulled = has_reader(answer) && has_body(status_);
  const Length length = framed_.version == Version::http10 ? Length::to_the_end : Length::chunked;
  if (pulled && (status_ >= 400 || length == Length::to_the_end)) closing_ = true;
  keep_ = framed_.keep_alive && !closing_ && !engine_.draining();
  if (!pulled) {
    written_ = serialise(std::move(answer), letterhead());
    return std::nullopt;
  }
  answer_ = std::move(answer);
  if (!is_header_text(answer_.content_type)) answer_.content_type.clear();
  return StreamedReply{.status = status_, .content_type = answer_.content_type, .length = length};
}

bool Exchange::write(std::string_view bytes) {
  if (!std::exchange(head_written_, true)) {
    const std::size_t status_line = bytes.find("\r\n") + 2;
    written_.head = bytes.substr(0, status_line);
    append_headers(written_.head, answer_, letterhead());
    written_.head.append(bytes.substr(status_line));
    return true;  // goes out with the first part of the body, which is there
  }
  std::string wire = std::exchange(written_.head, {});
  wire.append(bytes);
  if (connection_->push(std::move(wire), context_)) return true;
  // Where the route lets it finish, the rest is read for nobody.
  return work_.on_disconnect == OnDisconnect::finish && !context_.stop_requested();
}

std::optional<std::string_view> Exchange::pull() {
  if (!part_size_) {
    Result<std::size_t> size = read_part();
    if (!size) return std::nullopt;
    part_size_ = *size;
  }
  const std::size_t size = *std::exchange(part_size_, std::nullopt);
  // The claim before the end: what ends well has finished, and what was cut off does not end well.
  if (size == 0 && !claim(Claim::streaming, Claim::finished)) return std::nullopt;
  return std::string_view(part_).substr(0, size);
}

// ---- The end

bool Exchange::finish() {
  if (claim_ == Claim::stopped) {
    end_work();
    connection_->close_abandoned();
    return false;
  }
  const bool present = !attached_ || connection_->detach();
  const bool left = !present && work_.on_disconnect == OnDisconnect::finish;
  live_->mark_answered(left ? 499 : status_);
  end_work();
  connection_->deliver(std::move(written_), after());
  return true;
}

bool Exchange::finish_stream(bool written) {
  const bool whole = written && claim_ == Claim::finished;
  if (claim(Claim::streaming, Claim::finished)) worker_->note(Outcome::failed);  // it failed by itself
  if (whole) worker_->note(Outcome::finished);
  connection_->detach();
  end_work();
  if (whole) {
    connection_->deliver(std::move(written_), after());  // the head, where no part came after it
  } else {
    connection_->abort();
  }
  return true;
}

void Exchange::end_work() {
  if (has_reader(answer_)) answer_.body = std::string();
  worker_.reset();
  hook_.reset();
  context_ = {};
  scope_.reset();
  root_.reset();
  live_->close();
  slot_.release();
}

void Exchange::open(std::optional<std::string> route, Canceller canceller) {
  live_ = engine_.live().open({.id = id_,
                               .method = framed_.method,
                               .path = std::string(request_.path),
                               .route = std::move(route),
                               .framed = framed_at_},
                              std::move(canceller));
}

After Exchange::after() const noexcept {
  if (keep_) return After::next_request;
  return framed_.keep_alive ? After::linger : After::close;
}

Letterhead Exchange::letterhead() const noexcept {
  using enum Letterhead::Connection;
  const auto kept = framed_.version == Version::http10 ? keep_aloud : keep;
  return {.id = id_, .method = framed_.method, .connection = keep_ ? kept : close};
}

}  // namespace desist::front
