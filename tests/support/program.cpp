#include "support/program.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
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

std::string desist_program() {
  const char* const path = std::getenv("DESIST_PROGRAM");
  if (path == nullptr) throw std::runtime_error("DESIST_PROGRAM must name the program under test");
  return path;
}

/// In the child, between fork and exec: async-signal-safe calls only.
[[noreturn]] void become(char* const* argv, int out, int err, bool ignore_hangup) {
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  struct sigaction action = {};
  action.sa_handler = ignore_hangup ? SIG_IGN : SIG_DFL;
  sigaction(SIGHUP, &action, nullptr);
  execv(argv[0], argv);
  _exit(127);
}

}  // namespace

Program::Program(Options options) {
  if (options.path.empty()) options.path = desist_program();
  std::vector<char*> argv{options.path.data()};
  for (std::string& argument : options.arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int out = open((folder_ / "out").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const int err = open((folder_ / "err").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  pid_ = fork();
  if (pid_ == 0) become(argv.data(), out, err, options.ignore_hangup);
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

bool Program::prints(const std::string& text) const {
  return eventually([&] { return output().find(text) != std::string::npos; }, patience);
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

}  // namespace desist::test
