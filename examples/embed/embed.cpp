#include <desist/server.hpp>
#include <desist/signals.hpp>
#include <desist/task_group.hpp>
using namespace desist;

Result<void> count_primes(const Context& ctx, std::int64_t first, std::int64_t last, std::int64_t& primes) {
  for (std::int64_t n = first; n < last; ++n) {
    if (ctx.stop_requested()) return cancelled(ctx);  // a look costs about a nanosecond
    std::int64_t divisor = 2;
    while (divisor * divisor <= n && n % divisor != 0) ++divisor;
    if (divisor * divisor > n) ++primes;
  }
  return {};
}

class Primes : public Store {
 public:
  Result<Payload> fetch(const Context& ctx, const Query& query) override {
    const std::int64_t below = query.integer("below"), middle = std::max<std::int64_t>(2, below / 2);
    std::int64_t small = 0, large = 0;
    TaskGroup group(ctx);  // both at once, each on a thread; the first failure cancels the other
    group.spawn("small", [&](const Context& child) { return count_primes(child, 2, middle, small); });
    group.spawn("large", [&](const Context& child) { return count_primes(child, middle, below, large); });
    if (const Result<void> done = group.wait(); !done) return tl::unexpected(done.error());
    return Payload::text(std::to_string(small + large) + "\n");
  }
};

int main(int argc, char** argv) {
  Signals signals;  // before any thread, so that all leave SIGINT and SIGTERM to it
  Server server({.listen = {"127.0.0.1", static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8080)}});
  server.route({.path = "/primes/{below}",
                .store = std::make_shared<Primes>(),
                .timeout = std::chrono::seconds(30),
                .params = {{"below", {.type = Param::Type::integer}}}});
  server.start();
  return serve_until(signals, server) ? 0 : 1;
}
