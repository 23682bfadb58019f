#include "front/connection.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <sys/epoll.h>

#include "front/engine.hpp"
#include "front/exchange.hpp"
#include "front/refusal.hpp"

// A connection is driven by events of its socket, by its timer, by the request that it carries, and by what
// stops that request; each may come on another thread at any time. One idea keeps this simple: at every
// moment a connection has one **owner**, or none.
//
//  1. Without an owner it is parked: it waits for an event, and a deadline is set. Whoever gets the event or
//  the
//     deadline becomes the owner (`take`), serves the connection as far as it goes without waiting (`run`),
//     and parks it again (`let_go`).
//  2. An event that comes while there is an owner leaves a mark (`again_`). The owner looks at it under the
//  lock in
//     which it lets go, so no event is lost: edge-triggered epoll does not repeat itself.
//  3. The owner alone reads, frames, and begins requests. An incomplete request, an unread answer and a
//  lingering close
//     are parked: none of them holds a thread. A complete request is the one thing that runs on the owner's
//     thread.
//  4. While a request runs its Exchange is attached. The owner then touches nothing of the connection, and
//  the threads
//     that get its events watch in its place: a client that leaves, resets, or sends far more than it was
//     asked for is lost at once (`lose`): the request is told, and the socket closes.
//  5. Who wins the exchange's claim owns the connection from then on (`detach`). Where the stop wins, the
//  ownership
//     passes to the stopping thread, which answers and serves it on; the handler's thread, which may work on
//     for long, never touches it again. Where there is nobody to answer, nobody owns it (`abandon`) and it
//     closes.
//  6. Requests are begun one at a time, in order, and only when the answer before has left the outbox. A
//  connection
//     that has closed, or is about to, begins none; what was queued on it is gone with it.
//  7. The descriptor is closed under the lock, by the owner, by a watcher while an exchange is attached, or
//  by anybody
//     once it is abandoned. So the owner may receive without the lock, and everybody may send with it.
//  8. Every parked connection has a deadline, and every deadline is absolute.
//
// Lock order: `mutex_`, then the table's and the timer's own. No stranger's code runs under it: not the
// service, not a handler, not a cancel, whose hooks take `mutex_` themselves. Where a thread is about to
// cancel, and so to run strangers' hooks, it first sees to it that another one waits on epoll.

namespace desist::front {
namespace {

using namespace std::chrono_literals;

// On the stack, and what a thread has touched of its stack stays: 2 KiB hold a usual request, and lie where
// the handler will. Bodies come in larger pieces, through a function of their own.
constexpr std::size_t receive_at_once = 2 * 1024;
constexpr std::size_t receive_body_at_once = 16 * 1024;
constexpr Duration lingering_time = 2s;
constexpr Duration abandoned_time = 10ms;
constexpr std::size_t most_dropped = 4 * 1024 * 1024;
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

std::int64_t ticks(TimePoint at) noexcept {
  return at.time_since_epoch().count();
}

}  // namespace

Connection::Connection(Engine& engine, std::uint64_t id, Socket socket, std::string client)
    : ticket_(engine.objects()),
      engine_(engine),
      id_(id),
      client_(std::move(client)),
      accepted_(Clock::now()),
      framer_(engine.limits()),
      socket_(std::move(socket)),
      outbox_(engine.limits().write_timeout),
      // By number: the timer does not keep the connection alive. Where it is found it stays until the call
      // returns, and where it is being destroyed the destructor of the timer waits for the call.
      timer_([&engine, id] {
        if (const auto self = engine.connections().find(id)) self->on_timer();
      }) {}

void Connection::open() {
  const std::lock_guard lock(mutex_);
  let_go();
}

void Connection::on_events(std::uint32_t events) {
  std::unique_lock lock(mutex_);
  if (!socket_.open()) return;
  notice(events);
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) again_ = true;
  if (!owned_) {
    take();
    lock.unlock();
    run();
  } else if (exchange_ != nullptr) {
    watch(lock);
  }
}

// ---- The owner's steps

void Connection::run() {
  while (turn()) {
  }
}

bool Connection::turn() {
  if (!settle()) return false;
  if (lingering_) return receive();
  if (at_ < input_.size()) {
    queued_ = true;
    // Framing may end the request in the middle of the input: the rest is the next one's, after its turn.
    at_ += framer_.consume(std::string_view(input_).substr(at_));
    if (at_ == input_.size()) {
      std::string().swap(input_);
      at_ = 0;
    }
  }
  switch (framer_.state()) {
    case Framer::State::complete:
      return carry();
    case Framer::State::refused:
      refuse(framer_.refusal());
      return true;
    case Framer::State::idle:
    case Framer::State::head:
      return receive();
    case Framer::State::body:
      break;
  }
  if (framer_.wants_continue()) {
    framer_.continue_sent();
    deliver({.head = std::string(go_on), .body = {}}, After::next_request);
    return true;
  }
  return receive();
}

// Sends what is to be sent, and does what follows from that.
bool Connection::settle() {
  const std::lock_guard lock(mutex_);
  if (!socket_.open()) return false;
  if (doomed_ || !flush()) {
    close(Manner::reset);
    return false;
  }
  if (!outbox_.empty()) {
    let_go();
    return false;
  }
  if (lingering_ || after_ == After::next_request) return true;
  const bool nothing_to_come = dry_ && !again_ && at_ == input_.size();
  if (after_ == After::close && nothing_to_come) {
    close(Manner::plain);
    return false;
  }
  begin_lingering();
  return true;
}

bool Connection::receive() {
  if (dry_) return look_again();
  return framer_.state() == Framer::State::body || lingering_ ? receive_up_to<receive_body_at_once>()
                                                              : receive_up_to<receive_at_once>();
}

// Not inlined: the frame of the larger one is only for those who need it.
template <std::size_t most>
[[gnu::noinline]] bool Connection::receive_up_to() {
  std::array<char, most> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by receive
  const Socket::Moved got = socket_.receive(buffer);
  switch (got.status) {
    case Socket::Status::moved:
      dry_ = got.bytes < buffer.size();
      return take_in({buffer.data(), got.bytes});
    case Socket::Status::blocked:
      dry_ = true;
      return true;
    case Socket::Status::ended:
    case Socket::Status::broken:
      break;
  }
  const std::lock_guard lock(mutex_);
  close(Manner::plain);
  return false;
}

// Nothing is left to receive: goes on if something has come in between, else lets go.
bool Connection::look_again() {
  const std::lock_guard lock(mutex_);
  // One who is gone has an end to be received, and gives no event more. In a drain, what has arrived is
  // answered, though its event may still be on its way.
  if (again_ || presence_ != Presence::here || (engine_.draining() && socket_.unread() > 0)) {
    again_ = dry_ = false;
    return true;
  }
  if (doomed_ || (engine_.draining() && !lingering_ && framer_.state() == Framer::State::idle)) {
    close(Manner::plain);
  } else {
    let_go();
  }
  return false;
}

bool Connection::take_in(std::string_view bytes) {
  queued_ = false;
  if (!lingering_) {
    const std::size_t used = framer_.consume(bytes);
    if (used < bytes.size()) input_.assign(bytes.substr(used));
    return true;
  }
  dropped_ += bytes.size();
  if (dropped_ <= most_dropped) return true;
  const std::lock_guard lock(mutex_);
  close(Manner::plain);
  return false;
}

bool Connection::carry() {
  newcomer_.store(false, std::memory_order_relaxed);
  head_due_.reset();
  body_due_.reset();
  Exchange exchange(engine_, shared_from_this(), framer_.take(), Clock::now());
  return exchange.run();
}

void Connection::refuse(const Refusal& refusal) {
  deliver(answer_refusal(engine_.live(), refusal), After::linger);
}

// ---- What the exchange asks for

void Connection::attach(Exchange& exchange) {
  std::unique_lock lock(mutex_);
  exchange_ = &exchange;
  // The request may have waited behind others while its client left, and the event of that is on its way.
  if (queued_) notice(socket_.hang_up());
  if (presence_ != Presence::here || !dry_) watch(lock);
}

bool Connection::detach() {
  const std::lock_guard lock(mutex_);
  exchange_ = nullptr;
  return socket_.open();
}

void Connection::abandon() {
  const std::lock_guard lock(mutex_);
  exchange_ = nullptr;
  abandoned_ = true;
}

void Connection::close_abandoned() {
  const std::lock_guard lock(mutex_);
  if (abandoned_) close(Manner::plain);
}

void Connection::deliver(Written written, After after) {
  const std::lock_guard lock(mutex_);
  if (!socket_.open()) return;
  outbox_.add(std::move(written.head));
  outbox_.add(std::move(written.body));
  after_ = after;
}

bool Connection::push(std::string bytes, const Context& ctx) {
  const std::size_t enough = engine_.limits().write_buffer;
  std::unique_lock lock(mutex_);
  if (!socket_.open()) return false;
  outbox_.add(std::move(bytes));
  if (!flush()) {
    lose(lock, "reset its connection");
    return false;
  }
  if (outbox_.empty()) return true;
  timer_.set(outbox_.deadline(Clock::now()));
  if (outbox_.size() < enough) return true;
  room_.wait(lock, [&] { return !socket_.open() || ctx.stop_requested() || outbox_.size() <= enough / 2; });
  return socket_.open() && !ctx.stop_requested();
}

void Connection::nudge() {
  const std::lock_guard lock(mutex_);
  room_.notify_all();
}

void Connection::abort() {
  const std::lock_guard lock(mutex_);
  close(Manner::reset);
}

// ---- Other threads

// The owner is within a request: looks in its place.
void Connection::watch(std::unique_lock<std::mutex>& lock) {
  if (!outbox_.empty()) {  // a stream's
    if (!flush()) return lose(lock, "reset its connection");
    timer_.set(outbox_.deadline(Clock::now()));
    if (outbox_.size() <= engine_.limits().write_buffer / 2) room_.notify_all();
  }
  if (presence_ == Presence::left) return lose(lock, "reset its connection");
  if (presence_ == Presence::half_closed && exchange_->half_close() == HalfClose::gone) {
    return lose(lock, "closed its connection");
  }
  const std::size_t unread =
      socket_.unread() + (input_.size() - at_);  // input_: the owner does not touch it now
  if (unread > engine_.limits().max_unread) {
    lose(lock, "sent " + std::to_string(unread) + " bytes ahead of its answer");
  }
}

// The client is gone, or as good as. Its request is told, unless its route lets it finish. The connection
// closes when the work has ended, which mostly is at once, and else a moment later: closing a socket is a
// long system call, and who has been told may be waiting for this very CPU.
void Connection::lose(std::unique_lock<std::mutex>& lock, std::string detail) {
  presence_ = Presence::left;
  if (exchange_->on_disconnect() == OnDisconnect::finish) return close(Manner::reset);
  // The exchange itself may be gone as soon as the lock is.
  const Canceller canceller = exchange_->canceller();
  const std::shared_ptr<LiveRequest> live = exchange_->live();
  lock.unlock();
  // Hooks are strangers. Where no other thread is to be had they run nevertheless: the work is to be told.
  (void)engine_.crew().keep_one_waiting();
  canceller.cancel(Reason::client_gone, std::move(detail));
  live->watch_overdue();
  lock.lock();
  if (abandoned_ && socket_.open()) timer_.set(Clock::now() + abandoned_time);
}

void Connection::on_timer() {
  std::unique_lock lock(mutex_);
  if (!socket_.open() || !timer_.due(Clock::now())) return;
  if (abandoned_) return close(Manner::plain);
  if (owned_) {
    // Owners have no deadline but for the answer that they stream: its reader is too slow. Where all is sent
    // by now, the deadline was that of what was sent.
    if (exchange_ != nullptr && !outbox_.empty()) lose(lock, "did not read its answer in time");
    return;
  }
  take();
  const bool wordless = framer_.state() == Framer::State::idle;
  if (!outbox_.empty()) return close(Manner::reset);
  if (lingering_ || wordless) return close(Manner::plain);
  lock.unlock();
  refuse(framer_.refuse_now(408, "The request did not arrive in time."));
  run();
}

void Connection::close_if_idle() {
  const std::lock_guard lock(mutex_);
  if (!owned_ && socket_.open() && idle_since_ != not_idle && socket_.unread() == 0) close(Manner::plain);
}

bool Connection::close_if_idle_since(std::int64_t since) {
  const std::lock_guard lock(mutex_);
  if (owned_ || !socket_.open() || idle_since_ != since || socket_.unread() > 0) return false;
  close(Manner::plain);
  return true;
}

void Connection::close_now() {
  const std::lock_guard lock(mutex_);
  if (owned_) {
    doomed_ = true;
  } else {
    close(Manner::reset);
  }
}

// ---- Under the lock

// Events of epoll, or of poll, whose numbers are the same.
void Connection::notice(unsigned events) noexcept {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    presence_ = Presence::left;
  } else if ((events & EPOLLRDHUP) != 0 && presence_ == Presence::here) {
    presence_ = Presence::half_closed;
  }
}

bool Connection::flush() {
  if (outbox_.empty()) return true;
  if (!outbox_.flush(socket_)) return false;
  if (!outbox_.empty() && !watching_room_) {
    watching_room_ = true;  // for good: edge-triggered, it costs nothing while all can be sent
    engine_.poller().watch_room(socket_.descriptor(), id_);
  }
  return true;
}

void Connection::take() noexcept {
  owned_ = true;
  idle_since_ = not_idle;
  timer_.clear();
}

void Connection::let_go() {
  owned_ = false;
  const TimePoint now = Clock::now();
  if (!outbox_.empty()) return timer_.set(outbox_.deadline(now));
  if (lingering_) return timer_.set(linger_until_);
  timer_.set(patience_ends(now));
  if (framer_.state() == Framer::State::idle) {
    idle_since_ = ticks(now);
    engine_.idle();
  }
}

// By when the next part of a request must have come. The first request's clock runs from the accept.
TimePoint Connection::patience_ends(TimePoint now) {
  const Limits& limits = engine_.limits();
  switch (framer_.state()) {
    case Framer::State::idle:
      return is_newcomer() ? accepted_ + limits.header_timeout : now + limits.idle_timeout;
    case Framer::State::head:
      if (!head_due_) head_due_ = (is_newcomer() ? accepted_ : now) + limits.header_timeout;
      return *head_due_;
    default:
      if (!body_due_) body_due_ = now + limits.body_timeout;
      return *body_due_;
  }
}

void Connection::begin_lingering() {
  lingering_ = true;
  linger_until_ = Clock::now() + lingering_time;
  dry_ = false;
  at_ = 0;
  std::string().swap(input_);
  socket_.end_sending();
}

void Connection::close(Manner manner) {
  if (!socket_.open()) return;
  timer_.disarm();
  outbox_.clear();
  if (manner == Manner::reset) {
    socket_.reset();
  } else {
    socket_.close();
  }
  room_.notify_all();
  engine_.closed(id_);
}

}  // namespace desist::front
