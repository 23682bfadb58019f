#include "cli/options.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/nearest.hpp"

namespace desist::cli {
namespace {

constexpr const char* overview =
    "Slow work behind a URL, given up the moment its client leaves.\n"
    "A config file says which commands and queries stand behind which paths.";

constexpr const char* overview_example =
    "Example:\n"
    "  desist check desist.toml && desist serve desist.toml";

constexpr const char* serve_help =
    "Serves what the config says, until SIGTERM, SIGINT or SIGHUP.\n"
    "The first signal drains and then cancels what is left; a second one skips the drain, a third the "
    "waiting.";

constexpr const char* serve_example =
    "Example:\n"
    "  desist serve examples/quickstart/desist.toml\n"
    "  curl http://127.0.0.1:8080/dashboard/north\n\n"
    "Exit status: 0 all work had stopped, 1 some had not, 2 wrong usage or config.";

constexpr const char* check_help =
    "Checks a config, with its programs, databases and statements, and starts nothing.\n"
    "Every error is reported at once, as FILE:LINE:COLUMN: what is wrong; what would be right. A warning "
    "says "
    "what works, but hardly as it is meant.";

constexpr const char* check_example =
    "Example:\n"
    "  desist check desist.toml\n\n"
    "Exit status: 0 fine, 2 wrong usage or config.";

constexpr const char* version_help = "Prints the version of desist, its compiler and its dependencies.";

constexpr const char* version_example =
    "Example:\n"
    "  desist version";

/// The parser's message, and the subcommand that was probably meant.
Say usage_error(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv) {
  std::vector<std::string> known;
  for (const CLI::App* subcommand : app.get_subcommands({})) known.push_back(subcommand->get_name());
  const std::string first = argc > 1 ? argv[1] : "";
  const bool command = std::find(known.begin(), known.end(), first) != known.end();
  const bool unknown = !command && !first.empty() && first.front() != '-';
  const std::string what = unknown
                               ? fmt::format("\"{}\" is not a command; {}", first, suggestion(first, known))
                               : std::string(error.what());
  return Say{fmt::format("desist: {}\nTry: desist{} --help\n", what, command ? " " + first : ""), 2};
}

}  // namespace

Wish parse_options(int argc, const char* const* argv) {
  CLI::App app(overview, "desist");
  app.footer(overview_example);
  app.require_subcommand(0, 1);

  Serve serve_wish{"desist.toml"};
  CLI::App* serve = app.add_subcommand("serve", serve_help);
  serve->add_option("CONFIG", serve_wish.config, "The config file")->capture_default_str();
  serve->footer(serve_example);

  Check check_wish;
  CLI::App* check = app.add_subcommand("check", check_help);
  check->add_option("CONFIG", check_wish.config, "The config file")->required();
  check->footer(check_example);

  CLI::App* version = app.add_subcommand("version", version_help);
  version->footer(version_example);
  bool version_flag = false;
  app.add_flag("--version", version_flag, version_help);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success&) {
    return Say{app.help(), 0};
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error, argc, argv);
  }
  if (version_flag) return Version{};
  if (serve->parsed()) return serve_wish;
  if (check->parsed()) return check_wish;
  if (version->parsed()) return Version{};
  return Say{app.help(), 0};
}

}  // namespace desist::cli
