#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "desist/store.hpp"

namespace desist {

/// A Source that runs a program, without a shell, in a process group of its own, and answers its standard output.
///
/// When the Context stops, the group gets SIGTERM at once, from the cancelling thread, and SIGKILL after `grace`;
/// `fetch` returns when the whole group is gone. The program finds DESIST_REQUEST_ID and, where there is a deadline,
/// DESIST_TIMEOUT_MS (what is left, in ms) in its environment. Errors: `failed` for an exit status other than 0 or a
/// death by signal, with the end of standard error in the message; `too_large`; `overloaded` where no process is to
/// be had; `invalid` for a value that would begin an argument with '-'.
class Command final : public Store {
 public:
  enum class Input { none, body };              ///< the request's body on standard input, or an empty one
  enum class LeadingDash { refused, allowed };  ///< may a value begin an argument with '-'?

  struct Options {
    std::string name = "command";
    std::vector<std::string> argv;  ///< `{name}` is replaced within one argument; `{{` and `}}` stand for braces
    std::string directory;          ///< working directory; empty: this process's
    std::chrono::milliseconds grace{2000};
    std::string content_type = "text/plain; charset=utf-8";
    Input input = Input::none;
    LeadingDash leading_dash = LeadingDash::refused;
    std::map<std::string, std::string> env;  ///< the whole environment of the program,
    std::vector<std::string> pass_env;       ///< but for these names of this process's
    std::size_t max_output = 16 * 1024 * 1024;
  };

  /// Errors: `invalid`, naming what is wrong: no such program, an unclosed brace, an empty argv.
  [[nodiscard]] static Result<std::shared_ptr<Command>> make(Options options);
  ~Command() override;

  /// The names that argv's placeholders want.
  [[nodiscard]] const std::vector<std::string>& parameters() const noexcept;

  [[nodiscard]] Result<Payload> fetch(const Context& ctx, const Query& query) override;

  /// SIGKILL to every process group that any Command of this process runs: the last resort of a shutdown.
  static void kill_all() noexcept;

 private:
  struct Impl;
  explicit Command(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace desist
