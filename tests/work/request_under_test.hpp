#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "desist/live_tree.hpp"
#include "desist/pool.hpp"

namespace desist::test {

/// What the Journal said, in the order in which it did.
struct Heard {
  EventKind kind;
  std::string worker;
  std::string worker_kind;
  std::uint64_t worker_id;
  std::optional<Cause> cause;
  int status;
};

class Listener {
 public:
  explicit Listener(Journal& journal) {
    journal.subscribe([this](const Event& event) {
      const std::lock_guard lock(mutex_);
      heard_.push_back({event.kind, std::string(event.worker), std::string(event.worker_kind),
                        event.worker_id, event.cause, event.status});
    });
  }
  [[nodiscard]] std::vector<Heard> all() const {
    const std::lock_guard lock(mutex_);
    return heard_;
  }
  [[nodiscard]] std::vector<Heard> of(EventKind kind) const {
    std::vector<Heard> found;
    for (const Heard& heard : all()) {
      if (heard.kind == kind) found.push_back(heard);
    }
    return found;
  }
  /// "opened spawned told ..."
  [[nodiscard]] std::string kinds() const {
    std::string text;
    for (const Heard& heard : all()) text += (text.empty() ? "" : " ") + std::string(to_string(heard.kind));
    return text;
  }

 private:
  mutable std::mutex mutex_;  // guards `heard_`
  std::vector<Heard> heard_;
};

/// A journal that is listened to, a live tree, and one request in it with a root and a pool of its own: what
/// a front makes for a request.
struct RequestUnderTest {
  explicit RequestUnderTest(Duration overdue_after = std::chrono::seconds(10))
      : tree(journal, {.overdue_after = overdue_after}),
        live(tree.open(
            {.id = "r1", .method = "GET", .path = "/slow", .route = "/slow", .framed = Clock::now()},
            root.canceller())),
        ctx(root.with_value(keys::live_request, live).with_value(keys::pool, &pool)) {}

  Journal journal;
  Listener listener{journal};
  Pool pool;
  LiveTree tree;
  Scope root = Context::root();
  std::shared_ptr<LiveRequest> live;
  Context ctx;
};

}  // namespace desist::test
