/// Plain cpp-httplib with its own thread pool, for short requests only: it has no way to tell a handler that
/// its client has left.
///
///     httplib_peer THREADS    answers GET /hello; says "listening on ADDR:PORT" first
///
/// One of its threads serves one connection for as long as that is kept, so it is given a thread for each; a
/// smaller pool leaves the other connections unanswered.

#include <cstdio>
#include <cstdlib>
#include <limits>

#include <httplib.h>

int main(int argc, char** argv) {
  const unsigned long threads = argc == 2 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (threads == 0) {
    std::fputs("usage: httplib_peer THREADS\n", stderr);
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
