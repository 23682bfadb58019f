#include "desist/worker.hpp"

#include <utility>

#include "work/live_core.hpp"

namespace desist {

// A thread's workers stand on a stack: each knows the one that it was made inside of. The hook that tells a
// worker is its own: it is gone, and its run over, before the record ends.
struct DESIST_HIDDEN Worker::Impl {
  Impl(const Context& c, std::shared_ptr<LiveRequest> r, std::string_view name, std::string_view kind);
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl();

  struct Tell {
    Impl* worker;
    void operator()() const noexcept { worker->tell(); }
  };

  [[nodiscard]] bool becomes(const LiveRequest& r, const detail::Identity& other) const noexcept;
  void begin(const detail::Identity& identity);
  void end() noexcept;
  void tell() noexcept;

  Context ctx;
  std::shared_ptr<LiveRequest> request;
  Impl* outer;
  detail::WorkerRecord* record = nullptr;
  bool shares_record = false;  // with `outer`, which has become this worker
  bool described =
      false;  // a plain task that has become another worker, or shows a process, is no longer plain
  Outcome outcome = Outcome::running;
  std::optional<StopHook<Tell>> hook;

  static constinit thread_local Impl* current;
};

constinit thread_local Worker::Impl* Worker::Impl::current = nullptr;

Worker::Impl::Impl(const Context& c, std::shared_ptr<LiveRequest> r, std::string_view name,
                   std::string_view kind)
    : ctx(c), request(std::move(r)), outer(current) {
  const detail::Identity identity{.id = 0,
                                  .name = detail::ShortText<48>(name),
                                  .kind = detail::ShortText<16>(kind),
                                  .started = Clock::now()};
  if (outer != nullptr && outer->becomes(*request, identity)) {
    shares_record = true;
    outer->described = true;
    record = outer->record;
    record->change_kind(identity.kind.view());
  } else {
    begin(identity);
  }
  current = this;
  hook.emplace(ctx, Tell{this});
}

Worker::Impl::~Impl() {
  hook.reset();
  const bool stopped = ctx.stop_requested();  // read once: cancelled and told go together
  if (stopped) tell();                        // it may have been marked, and its hooks not run yet
  current = outer;
  if (outcome == Outcome::running) outcome = stopped ? Outcome::cancelled : Outcome::finished;
  if (shares_record) {
    outer->outcome = outcome;
  } else {
    end();
  }
}

/// Whether this one is a plain task that `other`, made inside of it, only says more about.
bool Worker::Impl::becomes(const LiveRequest& r, const detail::Identity& other) const noexcept {
  if (described || shares_record || request.get() != &r) return false;
  const std::optional<detail::WorkerRecord::Seen> seen = record->read();
  return seen && seen->identity.kind.view() == "task" && seen->identity.name.view() == other.name.view();
}

void Worker::Impl::begin(const detail::Identity& identity) {
  LiveRequest::Impl& live = *request->impl_;
  record = &live.workers.begin(identity);
  live.running.fetch_add(1, std::memory_order_acq_rel);
  live.emit_worker(*request, EventKind::spawned, identity.started, record->identity());
  if (live.is_told()) live.expect_overdue(*request, identity.started);
}

void Worker::Impl::end() noexcept {
  LiveRequest::Impl& live = *request->impl_;
  const TimePoint now = Clock::now();
  const detail::Identity identity = record->identity();
  record->end(outcome, now);
  live.emit_worker(*request, EventKind::stopped, now, identity);
  live.workers.give_back(*record);
  live.running.fetch_sub(1, std::memory_order_acq_rel);
}

/// On the thread that cancels.
void Worker::Impl::tell() noexcept {
  const TimePoint now = Clock::now();
  Cause cause = ctx.cause().value_or(Cause{});
  if (!record->tell(cause.reason, now)) return;
  LiveRequest::Impl& live = *request->impl_;
  live.emit_worker(*request, EventKind::told, now, record->identity(), std::move(cause));
  // Where the whole request was told, it is watched by whoever told it, and this worker with it.
  if (!live.is_told()) live.expect_overdue(*request, now);
}

Worker::Worker(const Context& ctx, std::string_view name, std::string_view kind) {
  const std::shared_ptr<LiveRequest>* request = ctx.value(keys::live_request);
  if (request != nullptr && *request != nullptr) impl_ = std::make_unique<Impl>(ctx, *request, name, kind);
}

Worker::~Worker() = default;

void Worker::note(Outcome outcome) noexcept {
  if (impl_ != nullptr) impl_->outcome = outcome;
}

void Worker::note_pid(pid_t pid) noexcept {
  if (impl_ == nullptr) return;
  impl_->described = true;
  impl_->record->note_pid(pid);
}

void detail::checkpoint_here(const char* text) noexcept {
  if (Worker::Impl* worker = Worker::Impl::current) worker->record->checkpoint(text);
}

}  // namespace desist
