#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "desist/api.hpp"
#include "desist/store.hpp"

namespace desist {

/// A Source that runs a program, without a shell, in a session and process group of its own, and answers its
/// standard output.
///
/// * When the Context stops, the group gets SIGTERM at once, from the cancelling thread, and SIGKILL after
///   `grace`.
/// * What the program leaves behind when it exits by itself is killed then. `fetch` returns when the whole
///   group is gone. Who leaves the session is found only where the process adopts orphans:
///   `process::adopt_orphans`.
/// * The answer is what had been written when the program exited. One that came to its end without hearing
///   the stop has finished, and gives its result; one that handles SIGTERM and then exits with status 0 has
///   given up.
/// * Its environment holds DESIST_REQUEST_ID, DESIST_TIMEOUT_MS where there is a deadline (what is left of
///   it, in ms), and DESIST_WORK, by which its descendants are recognised.
/// * Should this process die without warning, the program (not its group) gets SIGTERM.
///
/// Errors of `fetch`: `failed` for an exit status other than 0 or a death by signal, with the end of standard
/// error in the message; `too_large`; `overloaded` where no process, descriptor or memory is to be had;
/// `invalid` for a value that would begin an argument with '-', holds a NUL byte, or is too long for the
/// system.
class DESIST_API Command final : public Store {
 public:
  /// What the program finds on its standard input.
  enum class Input {
    none,  ///< nothing: it is at its end
    body   ///< the request's body
  };
  /// Whether a parameter's value may begin an argument with '-', and so be taken for an option.
  enum class LeadingDash {
    refused,  ///< `invalid`
    allowed   ///< for programs that end their options with "--", or take none
  };

  /// What to run, and how.
  struct Options {
    std::string name = "command";  ///< the worker's, in the live tree and the log
    /// `{name}` is replaced within one argument; `{{` and `}}` stand for braces. The first is looked for in
    /// PATH, or, having a '/', relative to `directory`.
    std::vector<std::string> argv;
    std::string directory{};                                 ///< working directory; empty: this process's
    std::chrono::milliseconds grace{2000};                   ///< from SIGTERM to SIGKILL; `max()` for never
    std::string content_type = "text/plain; charset=utf-8";  ///< of the answer, which is not checked
    Input input = Input::none;                               ///< standard input
    LeadingDash leading_dash = LeadingDash::refused;         ///< checked on each rendered argument
    std::map<std::string, std::string> env{};                ///< the whole environment of the program,
    std::vector<std::string> pass_env{};                     ///< but for these names of this process's
    /// Bytes of standard output; beyond, the program is ended, and the answer is `too_large`.
    std::size_t max_output = std::size_t{16} * 1024 * 1024;
  };

  /// Errors: `invalid`, naming what is wrong: no such program, an unclosed brace, an empty argv.
  [[nodiscard]] static Result<std::shared_ptr<Command>> make(Options options);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command() override;

  /// The names that argv's placeholders want.
  [[nodiscard]] const std::vector<std::string>& parameters() const noexcept;

  /// Runs the program once and waits for its end; what is above holds.
  [[nodiscard]] Result<Payload> fetch(const Context& ctx, const Query& query) override;

  /// SIGKILL to every process group that any Command of this process runs: the last resort of a shutdown.
  /// Never blocks.
  static void kill_all() noexcept;

 private:
  struct Impl;
  explicit Command(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace desist
