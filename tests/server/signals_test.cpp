#include "desist/signals.hpp"

#include <system_error>

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace desist;

namespace {

/// How a process ends that does this and returns: its exit status, or 128 and the signal that killed it.
template <class Work>
int end_of(Work work) {
  const pid_t child = fork();
  if (child == 0) {
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) signal(number, SIG_DFL);  // and not the test runner's
    work();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

TEST_CASE("signals that come while the last one is heard kill nobody that ends well") {
  CHECK(end_of([] {
          Signals signals;
          raise(SIGTERM);
          raise(SIGINT);
          if (const int heard = signals.wait(); heard != SIGTERM && heard != SIGINT) _exit(1);
          raise(SIGHUP);
        }) == 0);
}

TEST_CASE("a signal that comes afterwards is the program's own again") {
  CHECK(end_of([] {
          { Signals signals; }
          raise(SIGTERM);
        }) == 128 + SIGTERM);
}

TEST_CASE("a descriptor that is none is refused, and not waited for") {
  CHECK(end_of([] {
          Signals signals;
          try {
            (void)signals.wait_unless(1 << 20);
          } catch (const std::system_error&) {
            _exit(7);
          }
        }) == 7);
}
