#include "desist/after_stop.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "desist/on_stop.hpp"
#include "desist/pool.hpp"

namespace desist {

// The hook only sends a pool thread; that thread and the destructor race for the run, and `stage` decides. So
// a thread that comes late, or that was not to be had, never costs the run: the destructor does it.
struct DESIST_HIDDEN AfterStop::State : std::enable_shared_from_this<State> {
  State(const Context& c, std::function<void()> f) : ctx(c), function(std::move(f)) {}

  struct Send {
    State* state;
    void operator()() const noexcept { state->send(); }
  };

  void send() noexcept;
  void run() noexcept;
  void finish();

  const Context ctx;
  std::function<void()> function;
  std::optional<StopHook<Send>> hook;  // the owner's

  std::mutex mutex;  // guards all below
  std::condition_variable over;
  enum class Stage { waiting, running, over } stage = Stage::waiting;
  std::thread::id runner;
};

void AfterStop::State::send() noexcept {
  const Result<void> sent = pool_of(ctx).spawn([self = shared_from_this()] { self->run(); });
  if (!sent) return;  // overloaded: the destructor runs it
}

/// Runs the function, unless that has begun already or must not be any more.
void AfterStop::State::run() noexcept {
  {
    const std::lock_guard lock(mutex);
    if (stage != Stage::waiting) return;
    stage = Stage::running;
    runner = std::this_thread::get_id();
  }
  function();
  function = nullptr;
  const std::lock_guard lock(mutex);
  stage = Stage::over;
  over.notify_all();
}

/// After it the function does not begin any more, and has returned unless it is this thread that runs it.
void AfterStop::State::finish() {
  std::unique_lock lock(mutex);
  if (stage == Stage::waiting) {
    stage = Stage::over;
    function = nullptr;
  }
  if (runner != std::this_thread::get_id()) over.wait(lock, [this] { return stage == Stage::over; });
}

AfterStop::AfterStop(const Context& ctx, std::function<void()> function)
    : state_(std::make_shared<State>(ctx, std::move(function))) {
  state_->hook.emplace(ctx, State::Send{state_.get()});
}

AfterStop::~AfterStop() {
  const std::shared_ptr<State> state = std::move(state_);
  const bool stopped = state->ctx.stop_requested();  // looked at first: its hook may not have been run yet
  state->hook.reset();
  if (stopped) state->run();
  state->finish();
}

}  // namespace desist
