#include "desist/task_group.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <utility>

#include "desist/pool.hpp"
#include "desist/worker.hpp"

// A child's way: it works, its worker's record ends, what it captured goes, its result is noted, the others
// are cancelled where that follows, and it leaves `running`. So
// 1. whoever made the group stop was stopped itself by then, and is never told of its own failure or success;
// 2. who has joined the group finds nothing of its children: no capture, no hook that still runs, no thread
// in
//    their code. What remains of the job holds `State` alone, whose Scope the group's destructor has ended.

namespace desist {
namespace {

/// What a task throws is its failure: it must not end the program.
Result<void> call(const TaskGroup::Task& task, const Context& ctx) {
  try {
    return task(ctx);
  } catch (const std::exception& error) {
    return failure(ErrorCode::failed, std::string("threw: ") + error.what());
  } catch (...) {
    return failure(ErrorCode::failed, "threw something that is no std::exception");
  }
}

}  // namespace

struct DESIST_HIDDEN TaskGroup::State {
  State(const Context& ctx, Until u) : until(u), pool(pool_of(ctx)), scope(ctx.with_cancel()) {}

  void run(std::size_t index, const std::string& name, Task& task);
  void finish(std::size_t index, std::string_view name, Result<void> result);
  [[nodiscard]] bool ends_group(std::size_t index, const Result<void>& result);
  void join();

  const Until until;
  Pool& pool;
  std::optional<Scope> scope;  // until the group ends

  std::mutex mutex;  // guards all below
  std::condition_variable joined;
  std::size_t spawned = 0;
  std::size_t running = 0;
  std::optional<Error> failed;           // the first one, or the last one: as `until` wants it
  std::optional<std::size_t> succeeded;  // the first
  bool refused = false;                  // a child was not started
};

void TaskGroup::State::run(std::size_t index, const std::string& name, Task& task) {
  Result<void> result = [&] {
    Worker worker(scope->context(), name, "task");
    return worker.done(call(task, scope->context()));
  }();
  task = nullptr;
  finish(index, name, std::move(result));
}

void TaskGroup::State::finish(std::size_t index, std::string_view name, Result<void> result) {
  if (ends_group(index, result)) {
    if (result) {
      scope->cancel(Reason::lost_race, std::string(name) + " answered first");
    } else {
      scope->cancel(Reason::sibling_failed, std::string(name) + " failed: " + result.error().message);
    }
  }
  const std::lock_guard lock(mutex);
  if (--running == 0) joined.notify_all();
}

/// Notes the result.
bool TaskGroup::State::ends_group(std::size_t index, const Result<void>& result) {
  const std::lock_guard lock(mutex);
  if (result) {
    if (succeeded) return false;
    succeeded = index;
    return until == Until::first_success;
  }
  if (until == Until::first_failure && failed) return false;
  failed = result.error();
  return until == Until::first_failure;
}

void TaskGroup::State::join() {
  std::unique_lock lock(mutex);
  joined.wait(lock, [this] { return running == 0; });
}

TaskGroup::TaskGroup(const Context& ctx, Until until) : state_(std::make_shared<State>(ctx, until)) {}

TaskGroup::~TaskGroup() {
  state_->scope->cancel();
  state_->join();
  state_->scope.reset();
}

void TaskGroup::spawn(std::string_view name, Task task) {
  std::size_t index = 0;
  {
    const std::lock_guard lock(state_->mutex);
    index = state_->spawned++;
    if (state_->scope->stop_requested()) {
      state_->refused = true;
      return;
    }
    ++state_->running;
  }
  Result<void> spawned =
      state_->pool.spawn([state = state_, index, text = std::string(name), job = std::move(task)]() mutable {
        state->run(index, text, job);
      });
  if (!spawned) state_->finish(index, name, std::move(spawned));
}

Result<void> TaskGroup::wait() {
  state_->join();
  const std::lock_guard lock(state_->mutex);
  if (state_->until == Until::first_success && state_->succeeded) return {};
  if (state_->failed) return tl::unexpected<Error>(*state_->failed);
  if (state_->refused) return cancelled(state_->scope->context());
  if (state_->until == Until::first_success) return failure(ErrorCode::invalid, "nobody was asked");
  return {};
}

void TaskGroup::cancel(Reason reason, std::string detail) {
  state_->scope->cancel(reason, std::move(detail));
}

std::optional<std::size_t> TaskGroup::first_success() const {
  const std::lock_guard lock(state_->mutex);
  return state_->succeeded;
}

const Context& TaskGroup::context() const noexcept {
  return state_->scope->context();
}

}  // namespace desist
