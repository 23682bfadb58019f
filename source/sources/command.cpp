#include "desist/command.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "desist/worker.hpp"

#include "sources/command_program.hpp"
#include "sources/command_template.hpp"
#include "sources/process_run.hpp"
#include "store/media_type.hpp"

namespace desist {
namespace {

using process::Ended;
using process::Exit;

Result<void> check(const Command::Options& options) {
  const auto invalid = [](std::string message) { return failure(ErrorCode::invalid, std::move(message)); };
  constexpr std::string_view nul("\0", 1);
  if (options.grace < options.grace.zero()) return invalid("grace is negative");
  if (!is_content_type(options.content_type)) {
    return invalid("content_type: '" + process::one_line(options.content_type) +
                   "' is none; \"application/json\" is one");
  }
  if (options.directory.find(nul) != std::string::npos) return invalid("directory holds a NUL byte");
  std::error_code error;
  if (!options.directory.empty() && !std::filesystem::is_directory(options.directory, error)) {
    return invalid("no directory '" + process::one_line(options.directory) + "'");
  }
  const auto bad_name = [&](const std::string& name) {
    return name.empty() || name.find('=') != std::string::npos || name.find(nul) != std::string::npos;
  };
  for (const auto& [name, value] : options.env) {
    if (bad_name(name)) return invalid("env: '" + process::one_line(name) + "' cannot be a variable's name");
    if (value.find(nul) != std::string::npos)
      return invalid("env: the value of '" + name + "' holds a NUL byte");
  }
  for (const std::string& name : options.pass_env) {
    if (bad_name(name))
      return invalid("pass_env: '" + process::one_line(name) + "' cannot be a variable's name");
  }
  struct sigaction child {};
  if (::sigaction(SIGCHLD, nullptr, &child) == 0 &&
      (child.sa_handler == SIG_IGN || (child.sa_flags & SA_NOCLDWAIT) != 0)) {
    return invalid("this process ignores SIGCHLD, so it could not learn how a program ended");
  }
  return {};
}

// `env` wins over `pass_env`, and what desist sets itself over both.
std::vector<std::string> environment_of(const Command::Options& options) {
  std::map<std::string, std::string> variables;
  for (const std::string& name : options.pass_env) {
    if (const char* const value = std::getenv(name.c_str())) variables[name] = value;
  }
  for (const auto& [name, value] : options.env) variables[name] = value;
  for (const char* const ours : {"DESIST_REQUEST_ID", "DESIST_TIMEOUT_MS", "DESIST_WORK"}) {
    variables.erase(ours);
  }
  std::vector<std::string> result;
  result.reserve(variables.size() + 3);
  for (const auto& [name, value] : variables) result.emplace_back(name).append("=").append(value);
  return result;
}

std::string text_of(int error) {
  return std::generic_category().message(error);
}

// What is missing for the moment is `overloaded`; what the query made too long is `invalid`; the rest
// `failed`.
tl::unexpected<Error> refusal(const std::string& path, const process::SpawnError& error) {
  ErrorCode code = ErrorCode::failed;
  switch (error.error) {
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
    case ENOSPC:
      code = ErrorCode::overloaded;
      break;
    case E2BIG:
      code = ErrorCode::invalid;
      break;
    default:
      break;
  }
  std::string message = "cannot start ";
  message += process::one_line(path);
  message += ": ";
  message += error.step;
  message += ": ";
  message += text_of(error.error);
  return failure(code, std::move(message));
}

std::string describe(const Exit& exit) {
  switch (exit.how) {
    case Exit::How::exited:
      return "exit status " + std::to_string(exit.code);
    case Exit::How::killed: {
      const char* const name = ::sigabbrev_np(exit.code);
      return "killed by " +
             (name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(exit.code));
    }
    case Exit::How::lost:
      return "exit status unknown: something else in this process waited for it";
  }
  return "ended";
}

}  // namespace

struct DESIST_HIDDEN Command::Impl {
  Options options;
  CommandTemplate words;
  std::string path;
  std::vector<std::string> environment;  // "NAME=value", all but what differs from request to request

  [[nodiscard]] process::Program program_for(const Context& ctx, std::vector<std::string> argv) const;
  [[nodiscard]] Result<Payload> run(const Context& ctx, const Query& query, Worker& worker) const;
  [[nodiscard]] Result<Payload> verdict(const Context& ctx, Ended ended) const;
};

process::Program Command::Impl::program_for(const Context& ctx, std::vector<std::string> argv) const {
  process::Program program{path, std::move(argv), environment, options.directory};
  const std::string* const id = ctx.value(keys::request_id);
  if (id != nullptr && id->find('\0') == std::string::npos) program.env.push_back("DESIST_REQUEST_ID=" + *id);
  if (const auto deadline = ctx.deadline()) {
    const auto left = std::chrono::floor<std::chrono::milliseconds>(*deadline - Clock::now()).count();
    program.env.push_back("DESIST_TIMEOUT_MS=" + std::to_string(std::max<std::int64_t>(left, 0)));
  }
  return program;
}

Result<Payload> Command::Impl::run(const Context& ctx, const Query& query, Worker& worker) const {
  auto argv = words.fill(query, options.leading_dash);
  if (!argv) return tl::unexpected(std::move(argv.error()));
  if (ctx.stop_requested()) return cancelled(ctx);

  checkpoint("spawning");
  std::optional<std::string_view> input;
  if (options.input == Input::body) input = query.body;
  auto run = process::Run::start(program_for(ctx, std::move(*argv)), input,
                                 {saturated(options.grace), options.max_output});
  if (!run) return refusal(path, run.error());
  worker.note_pid((*run)->pid());

  Ended ended;
  {
    const auto hook = on_stop(ctx, [&run]() noexcept { (*run)->stop(); });
    checkpoint("reading output");
    (*run)->read_until_exit();
    checkpoint("waiting for the group to end");
    ended = (*run)->end();
  }
  return verdict(ctx, std::move(ended));
}

Result<Payload> Command::Impl::verdict(const Context& ctx, Ended ended) const {
  if (ended.too_large) {
    if (ended.stopped_first) return cancelled(ctx);
    return failure(ErrorCode::too_large,
                   "more than " + std::to_string(options.max_output) + " bytes of output");
  }
  if (ended.exit.finished()) return Payload::bytes(options.content_type, std::move(ended.output));
  if (ended.exit.told) return cancelled(ctx);
  std::string message = describe(ended.exit);
  if (const std::string errors = ended.errors.line(); !errors.empty()) message += ": " + errors;
  return failure(ErrorCode::failed, std::move(message));
}

Result<std::shared_ptr<Command>> Command::make(Options options) {
  auto words = CommandTemplate::parse(options.argv);
  if (!words) return tl::unexpected(std::move(words.error()));
  if (auto checked = check(options); !checked) return tl::unexpected(std::move(checked.error()));
  // Whatever becomes of this process's own directory, the program works where the configuration meant.
  if (!options.directory.empty()) {
    std::error_code error;
    if (auto path = std::filesystem::absolute(options.directory, error); !error)
      options.directory = path.string();
  }
  auto path = find_program(words->program(), options.directory);
  if (!path) return tl::unexpected(std::move(path.error()));
  auto impl = std::make_unique<Impl>();
  impl->environment = environment_of(options);
  impl->words = std::move(*words);
  impl->path = std::move(*path);
  impl->options = std::move(options);
  return std::shared_ptr<Command>(
      new Command(std::move(impl)));  // lint:allow-new: the constructor is private
}

Command::Command(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Command::~Command() = default;

const std::vector<std::string>& Command::parameters() const noexcept {
  return impl_->words.parameters();
}

Result<Payload> Command::fetch(const Context& ctx, const Query& query) {
  Worker worker(ctx, impl_->options.name, "command");
  return worker.done(impl_->run(ctx, query, worker));
}

void Command::kill_all() noexcept {
  process::Registry::get().kill_all();
}

}  // namespace desist
