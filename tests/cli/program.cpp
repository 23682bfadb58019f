#include "program.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sqlite3.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/eventually.hpp"

namespace desist::test {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(const char* program, char* const* argv, int out, int err, bool ignore_hangup) {
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  struct sigaction action = {};
  action.sa_handler = ignore_hangup ? SIG_IGN : SIG_DFL;
  sigaction(SIGHUP, &action, nullptr);
  execv(program, argv);
  _exit(127);
}

}  // namespace

std::string make_database(const std::string& path) {
  sqlite3* database = nullptr;
  const int opened = sqlite3_open(path.c_str(), &database);
  const int filled = sqlite3_exec(database, "create table t (n integer); insert into t values (1), (2);",
                                  nullptr, nullptr, nullptr);
  sqlite3_close(database);
  if (opened != SQLITE_OK || filled != SQLITE_OK) throw std::runtime_error("no database at " + path);
  return path;
}

Program::Program(Options options) {
  const char* program = std::getenv("DESIST_PROGRAM");
  if (program == nullptr) throw std::runtime_error("DESIST_PROGRAM must name the program under test");
  std::vector<char*> argv{const_cast<char*>("desist")};
  for (std::string& argument : options.arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int out = open((folder_ / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int err = open((folder_ / "err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  pid_ = fork();
  if (pid_ == 0) become(program, argv.data(), out, err, options.ignore_hangup);
  close(out);
  close(err);
  if (pid_ < 0) fail("fork");
}

Program::~Program() {
  if (status_) return;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Program::signal(int number) const {
  ::kill(pid_, number);
}

std::optional<int> Program::exit_status() {
  if (status_) return status_;
  int status = 0;
  if (!eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; }, patience)) return std::nullopt;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return status_;
}

std::string Program::output() const {
  return read_file((folder_ / "out"));
}
std::string Program::errors() const {
  return read_file((folder_ / "err"));
}

bool Program::logs(const std::string& text) const {
  return eventually([&] { return errors().find(text) != std::string::npos; }, patience);
}

std::uint16_t Program::port() const {
  if (!logs("\"listening\"")) return 0;
  // The line may still be on its way to the file.
  std::string port;
  const bool complete = eventually(
      [&] {
        const std::string log = errors();
        const std::string key = "\"port\":";
        const std::size_t at = log.find(key);
        if (at == std::string::npos) return false;
        const std::size_t end = log.find_first_of(",}", at);
        if (end == std::string::npos) return false;
        port = log.substr(at + key.size(), end - at - key.size());
        return true;
      },
      patience);
  return complete ? static_cast<std::uint16_t>(std::stoi(port)) : std::uint16_t{0};
}

Request::Request(std::uint16_t port, const std::string& path)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in address = loopback(port);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const std::string text = "GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
  if (send(fd_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) fail("send");
}

Request::~Request() {
  if (fd_ >= 0) close(fd_);
}

std::string Request::answer() {
  std::string all;
  char buffer[4096];
  for (ssize_t count = 0; (count = recv(fd_, buffer, sizeof buffer, 0)) > 0;) {
    all.append(buffer, static_cast<std::size_t>(count));
  }
  close(std::exchange(fd_, -1));
  return all;
}

Listener::Listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("bind");
  if (listen(fd_, 1) != 0) fail("listen");
  socklen_t size = sizeof address;
  getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

Listener::~Listener() {
  close(fd_);
}

}  // namespace desist::test
