#include "sources/command_support.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desist/process.hpp"

namespace desist::test {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool exists(const std::string& path) {
  return std::filesystem::exists(path);
}

pid_t pid_in(const std::string& path) {
  REQUIRE_MESSAGE(eventually([&] { return read_file(path).find('\n') != std::string::npos; }), path);
  return static_cast<pid_t>(std::stol(read_file(path)));
}

bool runs(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const std::size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && stat.size() > name_end + 2 && stat[name_end + 2] != 'Z' &&
         stat[name_end + 2] != 'X';
}

Command::Options shell(const std::string& script, const std::string& folder) {
  Command::Options options;
  options.argv = {"/bin/sh", "-c", "", "sh", folder};
  for (const char c : script) {
    options.argv[2] += c;
    if (c == '{' || c == '}') options.argv[2] += c;
  }
  options.pass_env = {"PATH"};
  return options;
}

std::shared_ptr<Command> make(Command::Options options) {
  auto command = Command::make(std::move(options));
  REQUIRE_MESSAGE(command.has_value(), (command ? std::string() : command.error().message));
  return *command;
}

Fetching::Fetching(std::shared_ptr<Command> command, Query query) : scope_(Context::root()) {
  result_ = std::async(std::launch::async, [ctx = scope_.context(), command = std::move(command),
                                            query = std::move(query)] { return command->fetch(ctx, query); });
}

Result<Payload> Fetching::result() {
  const bool came = result_.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
  CHECK_MESSAGE(came, "fetch hangs");
  if (!came) Command::kill_all();
  return result_.get();
}

std::string text(Result<Payload> result) {
  REQUIRE_MESSAGE(result.has_value(), (result ? std::string() : result.error().message));
  return std::move(*result).take_bytes();
}

Neighbour::Neighbour(const Folder& folder, const std::string& name)
    : told_(folder / (name + ".told")), asked_(folder / (name + ".asked")) {
  const std::string ready = folder / (name + ".ready");
  const std::string script = "trap 'echo told > " + told_ + "' TERM HUP INT; trap 'echo > " + asked_ +
                             "' USR1; echo $$ > " + ready + "; while :; do sleep 1000 & wait; done";
  const char* argv[] = {"sh", "-c", script.c_str(), nullptr};
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  posix_spawnattr_setpgroup(&attributes, 0);
  REQUIRE(::posix_spawn(&pid_, "/bin/sh", nullptr, &attributes, const_cast<char* const*>(argv), environ) ==
          0);
  posix_spawnattr_destroy(&attributes);
  CHECK(pid_in(ready) == pid_);
}

Neighbour::~Neighbour() {
  ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  // Its sleeper has become ours where this process adopts orphans.
  while (::waitpid(-pid_, nullptr, 0) > 0) {
  }
}

bool Neighbour::unharmed() const {
  // A shell that waits handles what came before this signal no later than this one.
  std::filesystem::remove(asked_);
  ::kill(pid_, SIGUSR1);
  (void)eventually([&] { return exists(asked_) || !runs(pid_); });
  return runs(pid_) && !exists(told_);
}

Adopting::Adopting() {
  REQUIRE(process::adopt_orphans());
}
Adopting::~Adopting() {
  ::prctl(PR_SET_CHILD_SUBREAPER, 0UL);
}

}  // namespace desist::test
