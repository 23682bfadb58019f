#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "desist/journal.hpp"
#include "desist/live_tree.hpp"
#include "desist/pool.hpp"

#include "front/front.hpp"
#include "support/census.hpp"
#include "support/eventually.hpp"
#include "support/wire_client.hpp"

namespace desist::test {

using namespace std::chrono_literals;

using Handler = std::function<Result<front::Answer>(const Context&, const front::Request&)>;

[[nodiscard]] inline front::Answer text(std::string body) {
  front::Answer answer;
  answer.content_type = "text/plain";
  answer.body = std::move(body);
  return answer;
}

/// A door that handlers wait at, and that a test opens.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    moved_.notify_all();
  }
  /// Waits, whatever happens to the request.
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    moved_.wait(lock, [this] { return open_; });
    --waiting_;
  }
  /// Waits until it opens, or `ctx` stops.
  void wait(const Context& ctx) {
    std::unique_lock lock(mutex_);
    ++waiting_;
    moved_.wait(lock, ctx.token(), [this] { return open_; });
    --waiting_;
  }
  [[nodiscard]] std::size_t waiting() const {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any moved_;
  bool open_ = false;
  std::size_t waiting_ = 0;
};

/// A request as the log sees it when it closes.
struct Closed {
  std::string id;
  std::string method;
  std::string path;
  std::optional<std::string> route;
  int status;
  std::optional<Cause> cause;
  std::vector<WorkerView> workers;
};

/// Keeps what the journal says.
class Log {
 public:
  explicit Log(Journal& journal) {
    journal.subscribe([this](const Event& event) { note(event); });
  }
  [[nodiscard]] std::vector<Closed> closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  /// How many requests were told so far.
  [[nodiscard]] std::size_t told() const { return told_; }
  /// Waits for the only line, or the last of so many.
  [[nodiscard]] std::optional<Closed> line(std::size_t number = 1) const {
    if (!eventually([&] { return count() >= number; })) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return closed_[number - 1];
  }

 private:
  void note(const Event& event) {
    if (event.kind == EventKind::told && event.worker.empty()) ++told_;
    if (event.kind != EventKind::closed) return;
    const RequestInfo& info = event.request.info();
    {
      const std::lock_guard lock(mutex_);
      closed_.push_back({info.id, info.method, info.path, info.route, event.status, event.request.cause(),
                         event.request.workers()});
    }
    ++count_;
  }

  mutable std::mutex mutex_;  // guards closed_
  std::vector<Closed> closed_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> told_{0};
};

/// Work by path; anything else is not found.
class TestService final : public front::Service {
 public:
  void add(std::string path, front::Work work) {
    work.route = path;
    works_.emplace(std::move(path), std::move(work));
  }
  [[nodiscard]] std::variant<front::Answer, front::Work> plan(const front::Request& request) override {
    const auto found = works_.find(request.path);
    if (found == works_.end()) return front::problem(404, request.id);
    return found->second;
  }

 private:
  std::map<std::string, front::Work, std::less<>> works_;
};

/// A front on a port of its own, its service, and everything below it. Add work, then `start`.
class FrontUnderTest {
 public:
  explicit FrontUnderTest(Limits limits = {}, Pool::Options pool = {}) : limits_(limits), pool_(pool) {
    add("/hello", [](const Context&, const front::Request&) { return Result<front::Answer>(text("hello")); });
  }
  ~FrontUnderTest() {
    gate.open();
    tree.cancel_all(Reason::shutting_down);
    (void)tree.wait_empty(Clock::now() + 10s);
  }

  void add(const std::string& path, Handler handler, front::Work work = {}) {
    work.run = std::move(handler);
    service_.add(path, std::move(work));
  }
  void start() {
    front.emplace(front::Front::Options{.port = 0, .limits = limits_}, service_, tree, pool_);
    front->start();
  }
  [[nodiscard]] WireClient connect(int receive_buffer = 0) {
    return WireClient(front->port(), receive_buffer);
  }

 private:
  Limits limits_;
  Journal journal_;
  Pool pool_;
  TestService service_;

 public:
  Gate gate;
  Log log{journal_};
  LiveTree tree{journal_, {}};
  std::optional<front::Front> front;
  [[nodiscard]] Pool& pool() { return pool_; }
};

}  // namespace desist::test
