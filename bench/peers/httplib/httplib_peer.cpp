/// Plain cpp-httplib with its own thread pool, for short requests only: it has no way to tell a handler that
/// its client has left.
///
///     httplib_peer THREADS    answers GET /hello; says "listening on ADDR:PORT" first
///
/// One of its threads serves one connection for as long as that is kept, so it is given a thread for each; a
/// smaller pool leaves the other connections unanswered.

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string_view>
#include <system_error>

#include <httplib.h>

int main(int argc, char** argv) {
  const std::string_view wanted = argc == 2 ? argv[1] : "";
  std::uint16_t threads = 0;
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), threads);
  if (error != std::errc() || end != wanted.data() + wanted.size() || threads == 0) {
    std::fputs("usage: httplib_peer THREADS    from 1 to 65535\n", stderr);
    return 2;
  }
  httplib::Server server;
  server.new_task_queue = [threads] {
    return new httplib::ThreadPool(threads);  // lint:allow-new: the server deletes it
  };
  server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
  server.set_keep_alive_timeout(60);
  // An answer leaves in two writes; without this the second waits for the first one's acknowledgement.
  server.set_tcp_nodelay(true);
  server.Get("/hello", [](const httplib::Request&, httplib::Response& answer) {
    answer.set_content("hello, world", "text/plain");
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  if (port < 0) {
    std::perror("bind");
    return 1;
  }
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}
