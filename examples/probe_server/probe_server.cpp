/// A server to be measured from outside: how long after a client's close() is its work told, and how long
/// after that does the work run and see it?
///
///     probe_server [--listen 127.0.0.1:8080]      port 0 picks one; the first line of the output says which
///
///     GET /wait/{id}       waits until its Context stops
///     GET /fan/{id}?n=N    the same in N children of a TaskGroup
///     GET /inflight        how many of these requests wait now; a fan counts once all its children wait
///     GET /stops           a line `id told awake` for each that has stopped since the last asking, in ns of
///                          CLOCK_MONOTONIC: when its hook ran, and when the waiting thread ran; of a fan,
///                          both times are those of its last child
///     GET /hello           hello, world
///
/// SIGINT and SIGTERM end it; the exit status is 1 where it could not listen, or a second and third signal
/// left its work no time to stop.

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/resource.h>

#include <desist/latch.hpp>
#include <desist/on_stop.hpp>
#include <desist/server.hpp>
#include <desist/signals.hpp>
#include <desist/task_group.hpp>

#include "notes.hpp"

using namespace desist;

namespace {

/// Waits until `ctx` stops; calls `ready` when the hook is in place.
template <class Ready>
Stop wait_for_stop(const Context& ctx, Ready&& ready) {
  Stop stop;
  Latch over;
  const auto hook = on_stop(ctx, [&]() noexcept {
    stop.told = now_ns();
    over.count_down();
  });
  ready();
  (void)over.wait(Context());  // the hook alone ends it, so that `told` is never later than `awake`
  stop.awake = now_ns();
  return stop;
}

class Probe {
 public:
  Result<Payload> wait(const Context& ctx, const Query& query) {
    auto note = note_for(query);
    note->stop = wait_for_stop(ctx, [this] { ++waiting_; });
    --waiting_;
    notes_.hand_in(std::move(note));
    return cancelled(ctx);
  }

  Result<Payload> fan(const Context& ctx, const Query& query) {
    auto note = note_for(query);
    std::vector<Stop> stops(static_cast<std::size_t>(query.integer("n")));
    std::atomic<std::size_t> missing = stops.size();
    TaskGroup group(ctx);
    for (Stop& stop : stops) {
      group.spawn("waits", [&](const Context& child) -> Result<void> {
        stop = wait_for_stop(child, [&] {
          if (--missing == 0) ++waiting_;
        });
        return cancelled(child);
      });
    }
    const Result<void> result = group.wait();
    if (missing == 0) --waiting_;
    for (const Stop& stop : stops) {
      note->stop.told = std::max(note->stop.told, stop.told);
      note->stop.awake = std::max(note->stop.awake, stop.awake);
    }
    // Where a child got no thread, the others were told by that, and not by the client.
    if (result.error().code != ErrorCode::overloaded) notes_.hand_in(std::move(note));
    return tl::unexpected(result.error());
  }

  Result<Payload> stops() { return Payload::text(notes_.take()); }
  Result<Payload> inflight() { return Payload::text(std::to_string(waiting_) + "\n"); }

 private:
  static std::unique_ptr<Notes::Note> note_for(const Query& query) {
    return std::make_unique<Notes::Note>(Notes::Note{query.text("id"), {}});
  }

  Notes notes_;
  std::atomic<int> waiting_{0};
};

bool is_ipv6(std::string_view address) {
  return address.find(':') != std::string_view::npos;
}

/// "127.0.0.1:8080", "[::1]:0": an IPv6 address stands in brackets, and nothing else does.
std::optional<Endpoint> parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view address = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = address.starts_with('[') && address.ends_with(']');
  if (bracketed) address = address.substr(1, address.size() - 2);
  if (address.empty() || bracketed != is_ipv6(address)) return std::nullopt;
  Endpoint endpoint{std::string(address), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), endpoint.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return endpoint;
}

std::string text_of(const std::string& address, std::uint16_t port) {
  return (is_ipv6(address) ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

std::optional<Endpoint> listen_option(int argc, char** argv) {
  if (argc == 1) return Endpoint{};
  if (argc == 3 && std::string_view(argv[1]) == "--listen") return parse_endpoint(argv[2]);
  return std::nullopt;
}

void raise_descriptor_limit() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void serve(const Endpoint& listen) {
  Signals signals;
  Probe probe;
  ServerOptions options{.listen = listen, .shutdown_grace = {}, .log_format = ServerOptions::LogFormat::none};
  options.limits.max_in_flight = 16'000;
  options.limits.max_connections = 16'000;
  Server server(options);
  const auto route = [&](const char* path, auto&& handler) {
    server.route({.path = path, .handler = handler});
  };
  route("/wait/{id}", [&](const Context& ctx, const Query& query) { return probe.wait(ctx, query); });
  server.route({.path = "/fan/{id}",
                .handler = [&](const Context& ctx, const Query& query) { return probe.fan(ctx, query); },
                .params = {{"n", {.pattern = "[1-9][0-9]{0,3}", .type = Param::Type::integer}}}});
  route("/stops", [&](const Context&, const Query&) { return probe.stops(); });
  route("/inflight", [&](const Context&, const Query&) { return probe.inflight(); });
  route("/hello", [](const Context&, const Query&) { return Payload::text("hello, world"); });
  server.start();
  std::printf("listening on %s\n", text_of(listen.address, server.port()).c_str());
  std::fflush(stdout);
  if (serve_until(signals, server)) return;
  // Some work runs on, and its handlers use `probe`. No scope ends here, and no destructor of static objects
  // runs: all of it ends at once, with the process.
  std::fprintf(stderr, "probe_server: some work has not stopped\n");
  std::_Exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Endpoint> listen = listen_option(argc, argv);
  if (!listen) {
    std::fprintf(stderr, "usage: probe_server [--listen ADDRESS:PORT]\n");
    return 2;
  }
  raise_descriptor_limit();
  try {
    serve(*listen);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "probe_server: %s\n", error.what());
    return 1;
  }
}
