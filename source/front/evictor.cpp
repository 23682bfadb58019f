#include "front/evictor.hpp"

#include <algorithm>

#include "desist/clock.hpp"

#include "front/connection.hpp"

namespace desist::front {
namespace {

constexpr std::size_t batch = 64;

}  // namespace

bool Evictor::close_oldest_idle() {
  const std::lock_guard lock(mutex_);
  if (close_a_candidate()) return true;
  look_for_candidates();
  return close_a_candidate();
}

bool Evictor::close_a_candidate() {
  while (!candidates_.empty()) {
    const Candidate oldest = candidates_.back();
    candidates_.pop_back();
    const std::shared_ptr<Connection> connection = connections_.find(oldest.id);
    if (connection != nullptr && connection->close_if_idle_since(oldest.since)) return true;
  }
  return false;
}

void Evictor::look_for_candidates() {
  const std::int64_t spared_since = (Clock::now() - newcomers_are_spared).time_since_epoch().count();
  for (const auto& connection : connections_.all()) {
    const std::int64_t since = connection->idle_since();
    if (since == Connection::not_idle || (connection->is_newcomer() && since > spared_since)) continue;
    candidates_.push_back({connection->id(), since});
  }
  const auto younger = [](const Candidate& a, const Candidate& b) { return a.since > b.since; };
  if (candidates_.size() > batch) {
    const auto first_of_oldest = candidates_.end() - static_cast<std::ptrdiff_t>(batch);
    std::nth_element(candidates_.begin(), first_of_oldest, candidates_.end(), younger);
    candidates_.erase(candidates_.begin(), first_of_oldest);
  }
  std::sort(candidates_.begin(), candidates_.end(), younger);
}

}  // namespace desist::front
