/// Clean-up under a shield. Clean-up is work, too, and often work that takes a Context; but the one at hand
/// has stopped, so whatever it is given to gives up at once. A shield is a Context that the stop above does
/// not reach, with a budget of its own, so that clean-up cannot hang for ever either.
///
/// Prints:
///
///     reserved
///     payment: gave up: client_gone
///     release, with the stopped Context: gave up: client_gone
///     release, under a shield: done
///     release, under a shield too small: gave up: deadline_exceeded

#include <chrono>
#include <cstdio>
#include <thread>

#include <desist/context.hpp>
#include <desist/sleep.hpp>

using namespace desist;
using namespace std::chrono_literals;

/// In place of a call to another server: takes its time, and gives up when its Context stops.
Result<void> call(const Context& ctx, const char* what, Duration takes) {
  const Result<void> done = sleep_for(ctx, takes);
  std::printf("%s: %s\n", what, done ? "done" : done.error().message.c_str());
  return done;
}

/// Puts an item aside from its making to its end; the end takes it back, however the request ended.
class Reservation {
 public:
  explicit Reservation(const Context& ctx) : ctx_(ctx) { std::printf("reserved\n"); }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  ~Reservation() {
    (void)call(ctx_, "release, with the stopped Context", 1ms);
    (void)call(ctx_.shield(1min), "release, under a shield", 1ms);
    (void)call(ctx_.shield(5ms), "release, under a shield too small", 1h);
  }

 private:
  Context ctx_;
};

int main() {
  const Scope request = Context().with_cancel();
  const Reservation item(request);
  const std::jthread client([&] { request.cancel(Reason::client_gone); });
  (void)call(request, "payment", 1h);
}
