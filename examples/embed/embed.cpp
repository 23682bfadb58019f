#include <desist/server.hpp>
#include <desist/signals.hpp>
#include <desist/task_group.hpp>
using namespace desist;

Result<void> count_primes(const Context& ctx, std::int64_t first, std::int64_t last, std::int64_t& primes) {
  for (std::int64_t n = first, divisor = 2; n < last; ++n, divisor = 2) {
    if (ctx.stop_requested()) return cancelled(ctx);  // a look costs about a nanosecond
    while (divisor * divisor <= n && n % divisor != 0) ++divisor;
    if (divisor * divisor > n) ++primes;
  }
  return {};
}

struct Primes : Store {
  Result<Payload> fetch(const Context& ctx, const Query& query) override {
    std::int64_t below = query.integer("below"), middle = below / 2 + 1, small = 0, large = 0;
    TaskGroup group(ctx);  // both at once, each on a thread; the first failure cancels the other
    group.spawn("small", [&](const Context& child) { return count_primes(child, 2, middle, small); });
    group.spawn("large", [&](const Context& child) { return count_primes(child, middle, below, large); });
    return group.wait().map([&] { return Payload::text(std::to_string(small + large) + "\n"); });
  }
};

int main(int argc, char** argv) try {
  const auto port = static_cast<std::uint16_t>(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 8080);
  if (argc > 1 && std::to_string(port) != argv[1]) throw std::invalid_argument("a port is from 0 to 65535");
  Signals signals;  // before any thread, so that all leave SIGINT and SIGTERM to it
  Server server({.listen = {"127.0.0.1", port}});
  server.route({.path = "/primes/{below}",
                .store = std::make_shared<Primes>(),
                .timeout = std::chrono::seconds(30),
                .params = {{"below", {.type = Param::Type::integer}}}});
  server.start();
  return serve_until(signals, server) ? 0 : 1;
} catch (const std::exception& failed) {
  std::fprintf(stderr, "embed: %s\n", failed.what());
  return 1;
}
