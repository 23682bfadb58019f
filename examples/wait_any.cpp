/// The race between data and stop. A thread that waits for either must not lose what came just before the
/// stop: with wait_any, what is there wins, and nothing is taken that is not reported. So this prints the
/// same in every run, whoever is faster.
///
/// Prints:
///
///     nothing for 10 ms
///     reading 1
///     reading 2
///     reading 3
///     gave up: cancelled (the sensor was unplugged)

#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include <desist/queue.hpp>
#include <desist/sleep.hpp>
#include <desist/wait_any.hpp>

using namespace desist;
using namespace std::chrono_literals;

/// Waits for one reading, but no longer than `patience`. False when there is nothing more to come.
bool next(const Context& ctx, Queue<int>& readings, Duration patience) {
  Queue<int>::Pop reading(readings);
  Alarm too_long = Alarm::in(patience);
  const Result<std::size_t> came = wait_any(ctx, reading, too_long);  // like Go's select
  if (!came) {
    std::printf("%s\n", came.error().message.c_str());
    return false;
  }
  if (*came == 1) {
    std::printf("nothing for 10 ms\n");
    return true;
  }
  const std::optional<int> value = reading.take();  // empty where the queue has been closed
  if (value) std::printf("reading %d\n", *value);
  return value.has_value();
}

int main() {
  const Scope scope = Context().with_cancel();
  Queue<int> readings(8);
  next(scope, readings, 10ms);

  const std::jthread sensor([&] {
    for (const int value : {1, 2, 3}) (void)readings.push(scope, value);
    scope.cancel(Reason::cancelled, "the sensor was unplugged");  // with readings still in the queue, perhaps
  });
  while (next(scope, readings, 1h)) {
  }
}
