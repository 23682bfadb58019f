#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "desist/clock.hpp"
#include "desist/context.hpp"

#include "front/answer.hpp"
#include "front/framer.hpp"
#include "front/head_count.hpp"
#include "front/lazy_timer.hpp"
#include "front/outbox.hpp"
#include "front/socket.hpp"

namespace desist::front {

class Engine;
class Exchange;

/// What becomes of a connection once what has been delivered is sent.
enum class After : std::uint8_t {
  next_request,
  close,  ///< the client wanted that, and waits for it
  linger  ///< we want it: what the client still sends is read and dropped for a while, so that no reset on
          ///< its account destroys our answer on the way
};

/// One client's connection, as a state machine that many threads drive and one at a time owns. connection.cpp
/// has the rules.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Engine& engine, std::uint64_t id, Socket socket, std::string client);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  /// Starts its clock. Before it is registered with epoll.
  void open();
  /// Something happened to its socket. On any thread of the crew; may run a whole request.
  void on_events(std::uint32_t events);

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }
  [[nodiscard]] const std::string& client() const noexcept { return client_; }

  static constexpr std::int64_t not_idle = 0;
  /// Since when it has waited for the first byte of a request, in the steady clock's ticks; or `not_idle`.
  [[nodiscard]] std::int64_t idle_since() const noexcept { return idle_since_; }
  /// Whether it has not had a request yet.
  [[nodiscard]] bool is_newcomer() const noexcept { return newcomer_.load(std::memory_order_relaxed); }
  /// Closes it if it is idle and nothing has arrived that nobody has seen yet.
  void close_if_idle();
  bool close_if_idle_since(std::int64_t since);
  /// The front goes: closes it, or has its owner do so.
  void close_now();

  // For the Exchange that the connection carries. Those marked so are for the owner only.

  /// (Owner.) From now on a client that leaves stops this exchange, which may happen before the call returns.
  void attach(Exchange& exchange);
  /// The caller is the owner from now on, whoever was: it has won the claim of the exchange that is attached.
  /// False where the connection has closed.
  bool detach();
  /// The stop has won the claim, and there is nobody to answer. Nobody owns the connection any more; it
  /// closes by `close_abandoned` when the work has ended, or a moment after the stop hooks have run,
  /// whichever comes first.
  void abandon();
  void close_abandoned();
  /// (Owner.) Hands over an answer; `run` sends it.
  void deliver(Written written, After after);
  /// (Owner, with the exchange attached.) Sends a part of a stream; waits while the client is too far behind.
  /// False where the client has left or `ctx` has stopped.
  bool push(std::string bytes, const Context& ctx);
  /// Ends a wait in `push` whose Context has stopped.
  void nudge();
  /// (Owner.) Closes it so that the client sees that what it got is not the whole.
  void abort();
  /// (Owner.) Serves it until there is nothing to do, or it has closed; then lets go of it.
  void run();

 private:
  enum class Presence : std::uint8_t { here, half_closed, left };
  enum class Manner : std::uint8_t { plain, reset };

  // The owner's steps: true to go on, false where it has let go.
  bool turn();
  bool settle();
  bool receive();
  template <std::size_t most>
  bool receive_up_to();
  bool look_again();
  bool take_in(std::string_view bytes);
  bool carry();
  void refuse(const Refusal& refusal);

  void on_timer();

  // Under the lock.
  void notice(unsigned events) noexcept;
  bool flush();
  void take() noexcept;
  void let_go();
  TimePoint patience_ends(TimePoint now);
  void begin_lingering();
  void close(Manner manner);
  // Under the lock; release it.
  void watch(std::unique_lock<std::mutex>& lock);
  void lose(std::unique_lock<std::mutex>& lock, std::string detail);

  const HeadCount::Ticket ticket_;  // first, hence given back last
  Engine& engine_;
  const std::uint64_t id_;
  const std::string client_;
  const TimePoint accepted_;
  std::atomic<std::int64_t> idle_since_{not_idle};
  std::atomic<bool> newcomer_{true};  // turned by the owner

  // The owner's.
  Framer framer_;
  std::string input_;  // received and not framed yet, from at_ on
  std::size_t at_ = 0;
  bool queued_ = false;  // what is framed had been received before the last answer
  bool dry_ = true;      // nothing was left to receive when we last looked
  std::optional<TimePoint> head_due_;
  std::optional<TimePoint> body_due_;
  std::size_t dropped_ = 0;  // bytes read while lingering

  std::mutex mutex_;  // guards what follows
  Socket socket_;
  Outbox outbox_;
  LazyTimer timer_;
  bool owned_ = false;
  bool again_ = false;  // something happened since the owner last looked
  bool doomed_ = false;
  bool abandoned_ = false;
  bool watching_room_ = false;
  bool lingering_ = false;
  Presence presence_ = Presence::here;
  After after_ = After::next_request;
  TimePoint linger_until_;
  Exchange* exchange_ = nullptr;
  std::condition_variable room_;
};

}  // namespace desist::front
