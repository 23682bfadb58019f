#include "desist/live_tree.hpp"

#include <algorithm>
#include <utility>

#include "work/live_core.hpp"

namespace desist {
namespace detail {

void LiveCore::add(const std::shared_ptr<LiveRequest>& request) {
  LiveRequest::Impl& impl = *request->impl_;
  impl.sequence = opened_.fetch_add(1, std::memory_order_relaxed);
  Shard& shard = shards_[impl.sequence % shards_.size()];
  in_flight_.fetch_add(1, std::memory_order_acq_rel);
  const std::lock_guard lock(shard.mutex);
  impl.index = shard.requests.size();
  shard.requests.push_back(request);
}

void LiveCore::remove(LiveRequest& request) noexcept {
  LiveRequest::Impl& impl = *request.impl_;
  Shard& shard = shards_[impl.sequence % shards_.size()];
  std::shared_ptr<LiveRequest> removed;  // let go of after the lock
  {
    const std::lock_guard lock(shard.mutex);
    removed = std::move(shard.requests[impl.index]);
    if (impl.index + 1 != shard.requests.size()) {
      shard.requests[impl.index] = std::move(shard.requests.back());
      shard.requests[impl.index]->impl_->index = impl.index;
    }
    shard.requests.pop_back();
  }
  if (in_flight_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    const std::lock_guard lock(mutex_);
    empty_.notify_all();
  }
}

void LiveCore::clear() noexcept {
  for (Shard& shard : shards_) {
    std::vector<std::shared_ptr<LiveRequest>> removed;
    const std::lock_guard lock(shard.mutex);
    removed.swap(shard.requests);
  }
}

std::vector<std::shared_ptr<LiveRequest>> LiveCore::requests() const {
  std::vector<std::shared_ptr<LiveRequest>> all;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    all.insert(all.end(), shard.requests.begin(), shard.requests.end());
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a->impl_->sequence < b->impl_->sequence; });
  return all;
}

bool LiveCore::wait_empty(TimePoint deadline, std::stop_token give_up) const {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, std::move(give_up), deadline, [this] { return in_flight() == 0; });
}

void LiveCore::seal(const Cause& cause) {
  const std::lock_guard lock(mutex_);
  if (!cause_) cause_ = cause;
  sealed_.store(true, std::memory_order_release);
}

std::optional<Cause> LiveCore::sealed() const {
  if (!sealed_.load(std::memory_order_acquire)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return cause_;
}

}  // namespace detail

LiveTree::LiveTree(const Journal& journal, Options options)
    : core_(std::make_shared<detail::LiveCore>(journal, options)) {}

LiveTree::~LiveTree() {
  core_->clear();
}

std::shared_ptr<LiveRequest> LiveTree::open(RequestInfo info, Canceller canceller) {
  auto request = std::make_shared<LiveRequest>(
      std::make_unique<LiveRequest::Impl>(core_, std::move(info), std::move(canceller)));
  request->impl_->emit(*request, EventKind::opened, Clock::now());
  core_->add(request);
  // Listed first, looked second; `cancel_all` seals first and looks second: one of the two cancels it.
  if (const std::optional<Cause> cause = core_->sealed())
    request->impl_->canceller.cancel(cause->reason, cause->detail);
  return request;
}

std::vector<std::shared_ptr<LiveRequest>> LiveTree::requests() const {
  return core_->requests();
}

std::size_t LiveTree::in_flight() const noexcept {
  return core_->in_flight();
}

bool LiveTree::wait_empty(TimePoint deadline, std::stop_token give_up) const {
  return core_->wait_empty(deadline, std::move(give_up));
}

std::size_t LiveTree::cancel(std::string_view id, Reason reason, std::string detail) {
  std::size_t cancelled = 0;
  for (const std::shared_ptr<LiveRequest>& request : core_->requests()) {
    if (request->info().id == id && request->impl_->canceller.cancel(reason, detail)) ++cancelled;
  }
  return cancelled;
}

void LiveTree::cancel_all(Reason reason, std::string detail) {
  core_->seal(Cause{.reason = reason, .detail = detail});
  for (const std::shared_ptr<LiveRequest>& request : core_->requests()) {
    request->impl_->canceller.cancel(reason, detail);
  }
}

}  // namespace desist
