#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "desist/context.hpp"
#include "desist/on_stop.hpp"
#include "desist/worker.hpp"

#include "front/answer.hpp"
#include "front/connection.hpp"
#include "front/engine.hpp"
#include "front/framer.hpp"
#include "front/front.hpp"
#include "front/httplib_bridge.hpp"

namespace desist::front {

/// One request, from framed to answered and stopped. Lives on the stack of the thread that runs its handler.
/// exchange.cpp has the rules of its claim.
class Exchange final : private Exchanger {
 public:
  Exchange(Engine& engine, std::shared_ptr<Connection> connection, Framed framed, TimePoint at);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() = default;

  /// Runs it to its end. True where the connection is still this thread's; false where the stop has taken it.
  [[nodiscard]] bool run();

  // For the connection, while it is attached. They do not change in that time.
  [[nodiscard]] OnDisconnect on_disconnect() const noexcept { return work_.on_disconnect; }
  [[nodiscard]] HalfClose half_close() const noexcept { return work_.half_close; }
  [[nodiscard]] Canceller canceller() const noexcept { return root_->canceller(); }
  [[nodiscard]] const std::shared_ptr<LiveRequest>& live() const noexcept { return live_; }

 private:
  enum class Claim : std::uint8_t { open, streaming, finished, stopped };
  struct OnStopped {
    Exchange* self;
    void operator()() const noexcept { self->on_stopped(); }
  };

  // Exchanger: called within run().
  bool write(std::string_view bytes) override;
  std::optional<std::string_view> pull() override;

  // What cpp-httplib is to write; nothing where the answer stands in `written_`, or nobody is there to
  // answer.
  std::optional<StreamedReply> reply();
  [[nodiscard]] bool plan();
  std::optional<StreamedReply> work();
  [[nodiscard]] Context make_context();
  [[nodiscard]] Result<Answer> call_handler();
  [[nodiscard]] Result<Answer> begin_stream(Answer&& answer);
  [[nodiscard]] Result<std::size_t> read_part();
  std::optional<StreamedReply> conclude(Result<Answer> result);
  std::optional<StreamedReply> fail(const Error& error);
  std::optional<StreamedReply> say(Answer answer);

  void on_stopped() noexcept;
  [[nodiscard]] bool claim(Claim from, Claim to) noexcept;

  void open(std::optional<std::string> route, Canceller canceller);
  [[nodiscard]] bool finish();
  [[nodiscard]] bool finish_stream(bool written);
  void end_work();
  [[nodiscard]] After after() const noexcept;
  [[nodiscard]] Letterhead letterhead() const noexcept;

  Engine& engine_;
  const std::shared_ptr<Connection> connection_;
  const Framed framed_;
  const TimePoint framed_at_;
  std::string id_;
  Request request_;

  Work work_;
  Slot slot_;
  std::shared_ptr<LiveRequest> live_;
  std::optional<Scope> root_;
  std::optional<Scope>
      scope_;  // below the root, for the handler: the root's only hook is ours, and runs first
  Context context_;
  std::atomic<Claim> claim_{Claim::open};
  std::optional<StopHook<OnStopped>> hook_;
  std::optional<Worker> worker_;
  bool attached_ = false;

  // The answer.
  Answer answer_;  // one whose body is pulled
  int status_ = 0;
  Written written_;         // what goes out next
  bool keep_ = false;       // the connection goes on after it
  bool closing_ = false;    // the front wants it to end here
  bool streaming_ = false;  // its body goes out in parts
  bool head_written_ = false;
  std::string part_;                      // the buffer that parts are read into
  std::optional<std::size_t> part_size_;  // of a part that was read and is still to be written
};

}  // namespace desist::front
