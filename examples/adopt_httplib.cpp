/// An existing cpp-httplib server that adopts desist for one slow route; the others stay as they are. The
/// slow route's work gets a Context that stops when the client leaves, and hands it on.
///
/// Prints:
///
///     to a client that stays: 168 primes
///     to a client that leaves: gave up: client_gone

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <thread>

#include <desist/context.hpp>
#include <desist/error.hpp>

#include "client_watch.hpp"

using namespace desist;
using namespace std::chrono_literals;

Result<std::string> count_primes(const Context& ctx, long limit) {
  long primes = 0;
  for (long n = 2, divisor = 2; n < limit; ++n, divisor = 2) {
    if (ctx.stop_requested()) return cancelled(ctx);
    while (divisor * divisor <= n && n % divisor != 0) ++divisor;
    if (divisor * divisor > n) ++primes;
  }
  return std::to_string(primes) + " primes";
}

int main() {
  std::latch both_ended(2);
  httplib::Server server;
  server.Get("/hello", [](const auto&, auto& response) { response.set_content("hello", "text/plain"); });
  server.Get(R"(/primes/(\d{1,15}))", [&](const httplib::Request& request, httplib::Response& response) {
    const Scope scope = Context().with_timeout(1h);
    const ClientWatch watch(request, scope.canceller());
    const Result<std::string> primes = count_primes(scope, std::stol(request.matches[1]));
    response.status = primes ? 200 : 503;
    response.set_content(primes ? *primes : "gave up", "text/plain");
    std::printf("to a client that %s: %s\n", primes ? "stays" : "leaves",
                primes ? primes->c_str() : primes.error().message.c_str());
    both_ended.count_down();
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  const std::jthread serving([&] { server.listen_after_bind(); });

  httplib::Client client("127.0.0.1", port);
  if (const auto answer = client.Get("/primes/1000"); !answer || answer->status != 200) {
    std::fprintf(stderr, "adopt_httplib: no port, no descriptor or no /proc to be had\n");
    std::_Exit(1);  // a server that has not begun yet cannot be told to stop
  }
  client.set_read_timeout(50ms);  // no longer than that: then it closes its connection
  (void)client.Get("/primes/999999999999999");
  both_ended.wait();
  server.stop();
}
