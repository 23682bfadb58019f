#include "server/log_writer.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/census.hpp"
#include "support/eventually.hpp"

using desist::Clock;
using desist::server::LogWriter;
using desist::test::Baseline;
using desist::test::eventually;
using namespace std::chrono_literals;

namespace {

struct Pipe {
  Pipe() { REQUIRE(pipe2(ends, O_CLOEXEC) == 0); }
  ~Pipe() {
    close_reader();
    close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0) close(ends[0]);
    ends[0] = -1;
  }
  /// What can be read now, without waiting for more.
  std::string drain() const {
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    std::string all;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(n));
    return all;
  }
  int ends[2] = {-1, -1};
};

LogWriter::Options options(int descriptor) {
  return {.descriptor = descriptor, .say_dropped = [](std::string& out, std::size_t lines) {
            out += "dropped " + std::to_string(lines) + "\n";
          }};
}

long lines_in(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

}  // namespace

TEST_CASE("a line arrives soon after it is written") {
  const Baseline before;
  {
    Pipe pipe;
    LogWriter writer(options(pipe.ends[1]));
    writer.write("one\n");
    std::string got;
    CHECK(eventually([&] { return (got += pipe.drain()) == "one\n"; }));
    writer.write("two\n");
    CHECK(eventually([&] { return (got += pipe.drain()) == "one\ntwo\n"; }));
  }
  CHECK_MESSAGE(before.settled(), before.text());
}

TEST_CASE("what waits at the end is written before the end") {
  Pipe pipe;
  {
    LogWriter writer(options(pipe.ends[1]));
    for (int i = 0; i < 1000; ++i) writer.write("line " + std::to_string(i) + "\n");
  }
  const std::string got = pipe.drain();
  CHECK(lines_in(got) == 1000);
  CHECK(got.rfind("line 0\n", 0) == 0);
  CHECK(got.substr(got.size() - 9) == "line 999\n");
}

TEST_CASE("lines of many threads arrive whole") {
  char name[] = "/tmp/desist-log-XXXXXX";
  const int file = mkstemp(name);
  REQUIRE(file >= 0);
  {
    LogWriter writer(options(file));
    std::vector<std::jthread> threads;
    for (char c = 'a'; c < 'e'; ++c) {
      threads.emplace_back([&writer, c] {
        const std::string line = std::string(99, c) + "\n";
        for (int i = 0; i < 5000; ++i) writer.write(line);
      });
    }
  }
  lseek(file, 0, SEEK_SET);
  std::string got(4 * 5000 * 100, '\0');
  CHECK(read(file, got.data(), got.size()) == static_cast<ssize_t>(got.size()));
  bool whole = true;
  for (std::size_t i = 0; i < got.size(); i += 100)
    whole = whole && got.substr(i, 100) == std::string(99, got[i]) + "\n";
  CHECK(whole);
  close(file);
  unlink(name);
}

TEST_CASE("a reader that has stopped reading stalls nobody, and is told how many lines it missed") {
  Pipe pipe;
  LogWriter::Options small = options(pipe.ends[1]);
  small.capacity = 64 * 1024;
  const std::string line = std::string(1023, 'x') + "\n";
  LogWriter writer(small);
  // The pipe takes 64 KiB, a batch is under way, and 64 KiB wait: of 1,000 lines most must go.
  for (int i = 0; i < 1000; ++i) writer.write(line);
  std::string got;
  long dropped = 0;
  CHECK(eventually([&] {
    got += pipe.drain();
    long notes = 0;
    dropped = 0;
    for (std::size_t at = 0; (at = got.find("dropped ", at)) != std::string::npos; ++at, ++notes) {
      dropped += std::atol(got.c_str() + at + 8);
    }
    return dropped + lines_in(got) - notes == 1000;
  }));
  CHECK(dropped >= 600);
}

TEST_CASE("a reader that never reads cannot hold up the end") {
  const Baseline before;
  {
    Pipe pipe;
    LogWriter::Options impatient = options(pipe.ends[1]);
    impatient.flush_timeout = 20ms;
    const auto begin = Clock::now();
    {
      LogWriter writer(impatient);
      const std::string line = std::string(1023, 'x') + "\n";
      for (int i = 0; i < 1000; ++i) writer.write(line);
    }
    CHECK(Clock::now() - begin < 5s);
  }
  CHECK_MESSAGE(before.settled(), before.text());
}

TEST_CASE("a reader that has gone costs the lines and nothing else") {
  Pipe pipe;
  LogWriter writer(options(pipe.ends[1]));
  pipe.close_reader();
  for (int i = 0; i < 100; ++i) writer.write("nobody reads this\n");  // SIGPIPE would end this program
}

TEST_CASE("a descriptor that does not block is waited for, not spun on or given up") {
  Pipe pipe;
  fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
  std::string got;
  {
    LogWriter writer(options(pipe.ends[1]));
    const std::string line = std::string(1023, 'x') + "\n";
    for (int i = 0; i < 300; ++i) writer.write(line);
    CHECK(eventually([&] { return (got += pipe.drain()).size() == 300 * 1024; }));
  }
}
