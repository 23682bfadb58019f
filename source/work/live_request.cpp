#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>

#include "context/saturate.hpp"
#include "work/live_core.hpp"

namespace desist {

namespace keys {
constinit const Key<std::shared_ptr<LiveRequest>> live_request{"live_request"};
}  // namespace keys

namespace {

using Seen = detail::WorkerRecord::Seen;

WorkerView view_of(const Seen& seen) {
  return WorkerView{.id = seen.identity.id,
                    .name = std::string(seen.identity.name.view()),
                    .kind = std::string(seen.identity.kind.view()),
                    .outcome = seen.outcome,
                    .pid = seen.pid,
                    .overdue = seen.overdue,
                    .checkpoint = seen.checkpoint == nullptr ? std::string_view() : seen.checkpoint,
                    .started = seen.identity.started,
                    .told = seen.told,
                    .stopped = seen.stopped};
}

}  // namespace

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::running:
      return "running";
    case Outcome::finished:
      return "finished";
    case Outcome::failed:
      return "failed";
    case Outcome::cancelled:
      return "cancelled";
  }
  std::terminate();  // not one of the closed set
}

void LiveRequest::Impl::emit(LiveRequest& self, EventKind kind, TimePoint at,
                             std::optional<Cause> why) const noexcept {
  emit_worker(self, kind, at, detail::Identity{}, std::move(why));
}

void LiveRequest::Impl::emit_worker(LiveRequest& self, EventKind kind, TimePoint at,
                                    const detail::Identity& worker, std::optional<Cause> why) const noexcept {
  core->journal.emit(Event{.kind = kind,
                           .at = at,
                           .request = self,
                           .worker = worker.name.view(),
                           .worker_kind = worker.kind.view(),
                           .worker_id = worker.id,
                           .cause = std::move(why),
                           .status = status.load(std::memory_order_acquire)});
}

// --- overdue ---

void LiveRequest::Impl::expect_overdue(LiveRequest& self, TimePoint since) {
  const TimePoint at = after(since, core->options.overdue_after);
  const std::lock_guard lock(mutex);
  if (closed) return;
  if (overdue == nullptr) overdue = std::make_unique<Timer>([this, &self] { report_overdue(self); });
  arm(at);
}

/// With `mutex` held.
void LiveRequest::Impl::arm(TimePoint at) noexcept {
  if (at >= armed_at) return;
  armed_at = at;
  try {
    overdue->arm(at);
  } catch (const std::system_error&) {
    // The system has no thread for timers just now. The arming stands: the next timer that gets one serves it
    // too.
  }
}

std::optional<TimePoint> LiveRequest::Impl::overdue_at(const Seen& worker) const noexcept {
  if (worker.told) return after(*worker.told, core->options.overdue_after);
  const TimePoint::rep request_told = told.load(std::memory_order_acquire);
  if (request_told == 0) return std::nullopt;
  return after(std::max(TimePoint(Duration(request_told)), worker.identity.started),
               core->options.overdue_after);
}

Cause LiveRequest::Impl::cause_of(const Seen& worker) const {
  const std::lock_guard lock(mutex);
  if (cause && (!worker.told || worker.reason == cause->reason)) return *cause;
  return Cause{.reason = worker.reason, .detail = {}};
}

/// On a timer's thread.
void LiveRequest::Impl::report_overdue(LiveRequest& self) noexcept {
  {
    const std::lock_guard lock(mutex);
    armed_at = TimePoint::max();
  }
  TimePoint next = TimePoint::max();
  workers.each([&](detail::WorkerRecord& record) {
    while (const std::optional<Seen> worker = record.read()) {  // again where it changed in between
      if (worker->stopped || worker->overdue) return;
      const std::optional<TimePoint> at = overdue_at(*worker);
      if (!at) return;
      const TimePoint now = Clock::now();
      if (*at > now) {
        next = std::min(next, *at);
        return;
      }
      if (!record.begin_overdue(*worker)) continue;
      emit_worker(self, EventKind::overdue, now, worker->identity, cause_of(*worker));
      record.end_overdue();
      return;
    }
  });
  const std::lock_guard lock(mutex);
  if (!closed && next != TimePoint::max()) arm(next);
}

// --- the request ---

LiveRequest::LiveRequest(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LiveRequest::~LiveRequest() = default;

const RequestInfo& LiveRequest::info() const noexcept {
  return impl_->info;
}

std::optional<Cause> LiveRequest::cause() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->cause;
}

std::optional<TimePoint> LiveRequest::told() const noexcept {
  const TimePoint::rep count = impl_->told.load(std::memory_order_acquire);
  if (count == 0) return std::nullopt;
  return TimePoint(Duration(count));
}

int LiveRequest::status() const noexcept {
  return impl_->status.load(std::memory_order_acquire);
}

std::string LiveRequest::error() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->error;
}

std::vector<WorkerView> LiveRequest::workers(std::size_t limit) const {
  std::vector<WorkerView> views;
  impl_->workers.each([&](const detail::WorkerRecord& record) {
    const bool first = record.slot() < std::min(limit, detail::WorkerTable::kept);
    if (!first && !record.running()) return;
    if (const std::optional<Seen> seen = record.read(); seen && (first || !seen->stopped)) {
      views.push_back(view_of(*seen));
    }
  });
  std::sort(views.begin(), views.end(), [](const WorkerView& a, const WorkerView& b) { return a.id < b.id; });
  return views;
}

std::size_t LiveRequest::workers_total() const noexcept {
  return impl_->workers.begun();
}

std::size_t LiveRequest::workers_running() const noexcept {
  return impl_->running.load(std::memory_order_acquire);
}

void LiveRequest::mark_told(const Cause& cause) {
  const TimePoint now = Clock::now();
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->cause) return;
    impl_->cause = cause;
    impl_->told.store(now.time_since_epoch().count(), std::memory_order_release);
  }
  impl_->emit(*this, EventKind::told, now, cause);
}

void LiveRequest::watch_overdue() {
  if (const std::optional<TimePoint> since = told()) impl_->expect_overdue(*this, *since);
}

void LiveRequest::note_error(std::string message) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->error.empty()) impl_->error = std::move(message);
}

void LiveRequest::mark_answered(int status) {
  int none = 0;
  if (!impl_->status.compare_exchange_strong(none, status, std::memory_order_acq_rel)) return;
  impl_->emit(*this, EventKind::answered, Clock::now());
}

void LiveRequest::close() {
  std::unique_ptr<Timer> timer;
  {
    const std::lock_guard lock(impl_->mutex);
    if (std::exchange(impl_->closed, true)) return;
    timer = std::move(impl_->overdue);
  }
  timer.reset();  // waits for a report under way
  impl_->emit(*this, EventKind::closed, Clock::now());
  impl_->core->remove(*this);
}

}  // namespace desist
