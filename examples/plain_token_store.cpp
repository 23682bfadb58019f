/// A Store written with nothing but std::stop_token and std::stop_callback: code that never heard of desist
/// works below a Context, which converts to a token, and above one, by Context::adopt.
///
/// Prints:
///
///     asked with an hour to spare: 3 beats
///     asked with 50 ms to spare: gave up: deadline_exceeded
///     asked by token: gave up: cancelled

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include <desist/store.hpp>

using namespace desist;
using namespace std::chrono_literals;

/// Old code. Its stop callback wakes it.
int beat(std::stop_token token, int times, std::chrono::milliseconds every) {
  std::mutex mutex;
  std::condition_variable wakes;
  const std::stop_callback wake(token, [&] {
    const std::lock_guard lock(mutex);  // so that the wake cannot fall between the look and the wait
    wakes.notify_one();
  });
  std::unique_lock lock(mutex);
  int beats = 0;
  while (beats < times && !wakes.wait_for(lock, every, [&] { return token.stop_requested(); })) ++beats;
  return beats;
}

class Heart final : public Store {
 public:
  explicit Heart(int beats) : beats_(beats) {}
  Result<Payload> fetch(const Context& ctx, const Query& /*query*/) override {
    const int beats = beat(ctx, beats_, 1ms);  // the Context converts
    if (beats < beats_) return cancelled(ctx);
    return Payload::text(std::to_string(beats) + " beats");
  }

 private:
  int beats_;
};

void ask(const char* who, Store& store, const Context& ctx) {
  Result<Payload> answer = store.fetch(ctx, {});
  const std::string text = answer ? std::move(*answer).take_bytes() : answer.error().message;
  std::printf("asked %s: %s\n", who, text.c_str());
}

int main() {
  Heart brief(3), endless(1'000'000'000);
  ask("with an hour to spare", brief, Context().with_timeout(1h));
  ask("with 50 ms to spare", endless, Context().with_timeout(50ms));
  const std::jthread old([&](std::stop_token token) { ask("by token", endless, Context::adopt(token)); });
}  // the jthread's end requests its stop
