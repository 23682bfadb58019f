#include "server/remains.hpp"

#include <atomic>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

namespace desist::server {
namespace {

/// One waiting thread for each owner that is kept.
class Keepers {
 public:
  void add(std::shared_ptr<void> owner, std::function<bool(std::stop_token)> ended) {
    const std::lock_guard lock(mutex_);
    keepers_.remove_if([](const Keeper& keeper) { return keeper.done.load(); });
    Keeper& keeper = keepers_.emplace_back();
    keeper.thread = std::jthread([&keeper, owner = std::make_unique<std::shared_ptr<void>>(std::move(owner)),
                                  ended = std::move(ended)](std::stop_token stop) mutable {
      if (ended(std::move(stop))) {
        owner.reset();
      } else {
        static_cast<void>(owner.release());  // on purpose: work still runs on it, and the process exits
      }
      keeper.done.store(true);
    });
  }

 private:
  struct Keeper {
    std::atomic<bool> done{false};
    std::jthread thread;  // its destructor trips the token, and joins
  };

  std::mutex mutex_;  // guards keepers_
  std::list<Keeper> keepers_;
};

}  // namespace

void keep_until_ended(std::shared_ptr<void> owner, std::function<bool(std::stop_token)> ended) {
  static Keepers keepers;  // its destructor, at the process's exit, trips every token
  keepers.add(std::move(owner), std::move(ended));
}

}  // namespace desist::server
