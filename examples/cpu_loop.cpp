/// A CPU loop that lets go. Nothing can interrupt a loop from outside, so it has to look; a look at a Context
/// is one load, about a nanosecond, and can stand in the innermost loop.
///
/// Prints:
///
///     168 primes below 1000
///     primes below 1000000000000: gave up: deadline_exceeded
///     primes below 1000000000000: gave up: cancelled (somebody else was faster)

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>

#include <desist/context.hpp>
#include <desist/error.hpp>

using namespace desist;
using namespace std::chrono_literals;

Result<std::uint64_t> primes_below(const Context& ctx, std::uint64_t limit) {
  std::uint64_t primes = 0;
  for (std::uint64_t n = 2; n < limit; ++n) {
    std::uint64_t divisor = 2;
    while (divisor * divisor <= n && n % divisor != 0) {
      if (ctx.stop_requested()) return cancelled(ctx);  // the error says why it stopped: the Context's cause
      ++divisor;
    }
    if (divisor * divisor > n) ++primes;
  }
  return primes;
}

void report(const Context& ctx, unsigned long long limit) {
  const Result<std::uint64_t> primes = primes_below(ctx, limit);
  if (primes) {
    std::printf("%llu primes below %llu\n", static_cast<unsigned long long>(*primes), limit);
  } else {
    std::printf("primes below %llu: %s\n", limit, primes.error().message.c_str());
  }
}

int main() {
  const Context background;  // never stops: what a main begins with
  report(background, 1000);

  const Scope hurried = background.with_timeout(50ms);
  report(hurried, 1'000'000'000'000);

  const Scope raced = background.with_cancel();
  const std::jthread rival([&] { raced.cancel(Reason::cancelled, "somebody else was faster"); });
  report(raced, 1'000'000'000'000);
}
