// A program for the tests of Command to start.
//
//   sigwait FILE   writes its process id into FILE, waits for SIGTERM, exits with status 0
//   host FOLDER    runs a Command that writes its id into FOLDER/ready, and on SIGTERM FOLDER/told
//   stamp FILE     writes its process id into FILE, waits for SIGTERM, writes the time when it came into FILE

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

#include "desist/command.hpp"

namespace {

void write_line(const std::string& path, long long number) {
  // At once or not at all, as a reader sees it.
  std::ofstream(path + ".new") << number << '\n';
  std::rename((path + ".new").c_str(), path.c_str());
}

int wait_for_sigterm(const std::string& path) {
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, nullptr);
  write_line(path, ::getpid());
  int signal = 0;
  sigwait(&term, &signal);
  return 0;
}

int host(const std::string& folder) {
  desist::Command::Options options;
  options.argv = {
      "/bin/sh", "-c",
      "trap 'echo > \"$1/told\"; exit' TERM; echo $$ > \"$1/ready\"; while :; do sleep 0.01; done", "sh",
      folder};
  options.env = {{"PATH", "/usr/bin:/bin"}};
  const auto command = desist::Command::make(options);
  if (!command) return 2;
  return (*command)->fetch({}, {}).has_value() ? 0 : 1;
}

volatile std::sig_atomic_t told = 0;
timespec told_at{};

int stamp(const std::string& path) {
  struct sigaction action {};
  action.sa_handler = [](int) {
    ::clock_gettime(CLOCK_MONOTONIC, &told_at);
    told = 1;
  };
  ::sigaction(SIGTERM, &action, nullptr);
  sigset_t term;
  sigset_t before;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, &before);
  write_line(path, ::getpid());
  while (told == 0) sigsuspend(&before);
  write_line(path, told_at.tv_sec * 1'000'000'000LL + told_at.tv_nsec);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string_view mode = argv[1];
  if (mode == "sigwait") return wait_for_sigterm(argv[2]);
  if (mode == "host") return host(argv[2]);
  if (mode == "stamp") return stamp(argv[2]);
  return 2;
}
