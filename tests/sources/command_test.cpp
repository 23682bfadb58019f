#include "desist/command.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "desist/process.hpp"

#include "sources/command_support.hpp"
#include "support/census.hpp"

using namespace desist;
using namespace desist::test;
using namespace std::chrono_literals;

namespace {

Command::Options program(std::vector<std::string> argv) {
  Command::Options options;
  options.argv = std::move(argv);
  return options;
}

Result<Payload> fetch(Command::Options options, const Query& query = {}, const Context& ctx = {}) {
  return make(std::move(options))->fetch(ctx, query);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string refused(Command::Options options) {
  auto command = Command::make(std::move(options));
  REQUIRE_FALSE(command.has_value());
  CHECK(command.error().code == ErrorCode::invalid);
  return command.error().message;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("command: the program's output is the answer, with the configured content type") {
  const Baseline baseline;
  auto options = program({"printf", "%s", "hello"});
  options.content_type = "text/csv";
  auto result = fetch(options);
  REQUIRE(result.has_value());
  CHECK(result->content_type() == "text/csv");
  CHECK(text(std::move(result)) == "hello");
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: output of many megabytes arrives whole") {
  auto options = shell("head -c 12000000 /dev/zero | tr '\\0' x");
  CHECK(text(fetch(options)) == std::string(12'000'000, 'x'));
}

TEST_CASE("command: a program that says nothing answers nothing") {
  CHECK(text(fetch(program({"true"}))).empty());
}

TEST_CASE("command: an environment holds what was configured, what was let through, and desist's own") {
  ::setenv("DESIST_TEST_PASSED", "through", 1);
  ::setenv("DESIST_TEST_HIDDEN", "secret", 1);
  ::setenv("DESIST_REQUEST_ID", "somebody else's", 1);
  auto options = program({"env"});
  options.env = {{"LANG", "C.UTF-8"}, {"DESIST_TEST_BOTH", "configured"}};
  options.pass_env = {"DESIST_TEST_PASSED", "DESIST_TEST_UNSET", "DESIST_TEST_BOTH", "DESIST_REQUEST_ID"};
  ::setenv("DESIST_TEST_BOTH", "ours", 1);
  const Context ctx = Context().with_value(keys::request_id, "r-17");
  std::set<std::string> found;
  for (const std::string& line : lines_of(text(fetch(options, {}, ctx)))) {
    found.insert(line.starts_with("DESIST_WORK=") ? "DESIST_WORK" : line);
  }
  CHECK(found == std::set<std::string>{"LANG=C.UTF-8", "DESIST_TEST_BOTH=configured",
                                       "DESIST_TEST_PASSED=through", "DESIST_REQUEST_ID=r-17",
                                       "DESIST_WORK"});
  for (const char* name :
       {"DESIST_TEST_PASSED", "DESIST_TEST_HIDDEN", "DESIST_REQUEST_ID", "DESIST_TEST_BOTH"}) {
    ::unsetenv(name);
  }
}

TEST_CASE("command: DESIST_TIMEOUT_MS says what is left of the deadline, and counts down") {
  const auto command = make(shell("sleep 0.05; echo $DESIST_TIMEOUT_MS"));
  const Scope scope = Context().with_timeout(20s);
  const long first = std::stol(text(command->fetch(scope, {})));
  const long second = std::stol(text(command->fetch(scope, {})));
  CHECK(first <= 20000);
  CHECK(first > 5000);
  CHECK(second <= first - 50);
  CHECK(text(command->fetch({}, {})) == "\n");  // no deadline, no variable
}

TEST_CASE("command: an exit status other than 0 fails, with the end of standard error in one line") {
  const Baseline baseline;
  const auto result = fetch(shell("echo partial; printf 'first\\nse\\033[1mcond\\n\\377\\n\\n' >&2; exit 3"));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::failed);
  CHECK(result.error().message == "exit status 3: first\\nse\\x1b[1mcond\\n\xEF\xBF\xBD");
  CHECK(fetch(program({"false"})).error().message == "exit status 1");
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a death by signal fails, and names it") {
  const auto result = fetch(shell("echo oh >&2; kill -SEGV $$"));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::failed);
  CHECK(result.error().message == "killed by SIGSEGV: oh");
}

TEST_CASE("command: of a flood of standard error, the last 4 KiB are kept") {
  const auto result =
      fetch(shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done >&2; exit 1"));
  REQUIRE_FALSE(result.has_value());
  const std::string& message = result.error().message;
  CHECK(message.starts_with("exit status 1: \xE2\x80\xA6"));
  CHECK(message.ends_with("\\nline 19999"));
  CHECK(message.size() > 4000);
  CHECK(message.size() < 6000);
}

TEST_CASE("command: a flood of standard output ends the program") {
  const Baseline baseline;
  auto options = program({"yes"});
  options.max_output = 100'000;
  const auto result = fetch(options);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::too_large);
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: a flood from a program that ignores SIGTERM and SIGPIPE ends with the grace period") {
  auto options = shell("trap '' TERM PIPE; while :; do echo xxxxxxxxxxxxxxxxxxxxxxxx; done 2>/dev/null");
  options.max_output = 1000;
  options.grace = 100ms;
  CHECK(fetch(options).error().code == ErrorCode::too_large);
}

TEST_CASE("command: output of exactly the limit is an answer, a byte more is not") {
  auto options = shell("printf 12345");
  options.max_output = 5;
  CHECK(text(fetch(options)) == "12345");
  options.max_output = 4;
  CHECK(fetch(options).error().code == ErrorCode::too_large);
}

TEST_CASE("command: the request's body is standard input where that is wanted") {
  std::string body;
  for (int i = 0; i < 100'000; ++i) body += std::to_string(i) + "\n";
  auto options = program({"cat"});
  Query query;
  query.body = body;
  CHECK(text(fetch(options, query)).empty());
  options.input = Command::Input::body;
  CHECK(text(fetch(options, query)) == body);
  options.argv = {"cat", "/dev/stdin"};
  CHECK(text(fetch(options, query)) == body);
  CHECK(text(fetch(options)).empty());
}

TEST_CASE("command: a program may leave a large body unread, or close it") {
  const std::string body(32'000'000, 'b');
  Query query;
  query.body = body;
  auto options = shell("echo unread");
  options.input = Command::Input::body;
  CHECK(text(fetch(options, query)) == "unread\n");
  options = shell("exec <&-; sleep 0.02; echo closed");
  options.input = Command::Input::body;
  CHECK(text(fetch(options, query)) == "closed\n");
  options = shell("head -c 3");
  options.input = Command::Input::body;
  CHECK(text(fetch(options, query)) == "bbb");
}

TEST_CASE("command: a program starts with no other descriptor, no blocked and no ignored signal") {
  // Without O_CLOEXEC, as somebody else's code may have it; above what a shell uses itself.
  const int leaky = ::fcntl(STDERR_FILENO, F_DUPFD, 300);
  sigset_t some;
  sigset_t before;
  sigemptyset(&some);
  sigaddset(&some, SIGTERM);
  sigaddset(&some, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &some, &before);
  const auto previous = ::signal(SIGPIPE, SIG_IGN);
  const std::string found = text(fetch(program({"cat", "/proc/self/status"})));
  const std::string descriptors = text(fetch(shell("echo /proc/$$/fd/*")));
  ::signal(SIGPIPE, previous);
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, &before, &after);
  CHECK(sigismember(&after, SIGTERM) == 1);  // this thread's own mask came back
  CHECK(sigismember(&after, SIGUSR2) == 0);
  ::close(leaky);
  CHECK(contains(found, "SigBlk:\t0000000000000000"));
  CHECK(contains(found, "SigIgn:\t0000000000000000"));
  for (const char* const path : {"/fd/0", "/fd/1", "/fd/2"}) CHECK(contains(descriptors, path));
  CHECK_FALSE(contains(descriptors, "/fd/" + std::to_string(leaky)));
}

TEST_CASE("command: a program leads a session and a group of its own") {
  const auto ids = lines_of(text(fetch(shell("set -- $(cat /proc/$$/stat); echo $1; echo $5; echo $6"))));
  REQUIRE(ids.size() == 3);
  CHECK(ids[0] == ids[1]);
  CHECK(ids[0] == ids[2]);
}

TEST_CASE("command: a program gets the descriptor limit from before the server raised its own") {
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit low = before;
  low.rlim_cur = 512;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  process::remember_nofile_limit();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(text(fetch(shell("ulimit -Sn"))) == "512\n");
  process::remember_nofile_limit();
  CHECK(text(fetch(shell("ulimit -Sn"))) == std::to_string(before.rlim_cur) + "\n");
}

TEST_CASE("command: works in the configured directory, where a program with a slash is looked for, too") {
  const Folder folder;
  std::filesystem::create_directory(folder / "sub");
  std::ofstream(folder / "sub/own") << "#!/bin/sh\npwd\n";
  std::filesystem::permissions(folder / "sub/own", std::filesystem::perms::owner_all);
  auto options = program({"sub/own"});
  options.directory = folder.path();
  CHECK(text(fetch(options)) == folder.path() + "\n");
}

TEST_CASE("command: what cannot work is refused when it is made, and named") {
  const Folder folder;
  std::ofstream(folder / "text") << "no program";
  CHECK(contains(refused(program({})), "argv"));
  CHECK(contains(refused(program({""})), "argv"));
  CHECK(contains(refused(program({"no-such-program-at-all"})), "no-such-program-at-all"));
  CHECK(contains(refused(program({folder / "absent"})), "absent"));
  CHECK(contains(refused(program({folder / "text"})), "not an executable"));
  CHECK(contains(refused(program({"{program}"})), "{program}"));
  auto options = program({"true"});
  options.directory = folder / "nowhere";
  CHECK(contains(refused(options), "nowhere"));
  options = program({"true"});
  options.env = {{"A=B", "c"}};
  CHECK(contains(refused(options), "A=B"));
  options = program({"true"});
  options.grace = -1ms;
  CHECK(contains(refused(options), "grace"));
  options = program({"true"});
  options.content_type = "json";
  CHECK(contains(refused(options), "content_type: 'json'"));
}

TEST_CASE("command: a program that vanished after it was made, or is none, fails by name") {
  const Baseline baseline;
  const Folder folder;
  std::ofstream(folder / "brief") << "#!/bin/sh\necho here\n";
  std::filesystem::permissions(folder / "brief", std::filesystem::perms::owner_all);
  const auto command = make(program({folder / "brief"}));
  CHECK(text(command->fetch({}, {})) == "here\n");
  std::ofstream(folder / "brief") << "no program and no interpreter line";
  auto result = command->fetch({}, {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::failed);
  CHECK(contains(result.error().message, "Exec format error"));
  std::filesystem::remove(folder / "brief");
  result = command->fetch({}, {});
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::failed);
  CHECK(contains(result.error().message, "brief"));
  CHECK(contains(result.error().message, "No such file"));
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: without a free descriptor it is overloaded, and works again afterwards") {
  const auto command = make(program({"true"}));
  const Baseline baseline;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  // From none to nearly enough: every step of a start fails once.
  int highest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(highest);
  int failures = 0;
  for (int spare = 0; spare < 12; ++spare) {
    rlimit low = before;
    low.rlim_cur = static_cast<rlim_t>(highest + spare);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    const auto result = command->fetch({}, {});
    ::setrlimit(RLIMIT_NOFILE, &before);
    if (result) continue;
    ++failures;
    CHECK(result.error().code == ErrorCode::overloaded);
  }
  CHECK(failures >= 5);
  CHECK(failures < 12);
  CHECK(text(command->fetch({}, {})).empty());
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("command: where SIGCHLD is ignored no command is made, and one made before fails without hanging") {
  const auto command = make(program({"sleep", "0.1"}));
  const auto previous = ::signal(SIGCHLD, SIG_IGN);
  CHECK(contains(refused(program({"true"})), "SIGCHLD"));
  const auto result = command->fetch({}, {});
  ::signal(SIGCHLD, previous);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::failed);
  CHECK_MESSAGE(contains(result.error().message, "unknown"), result.error().message);
}

TEST_CASE("command: arguments too long for the system are the query's fault") {
  Query query;
  query.params["word"] = std::string(300'000, 'x');
  const auto result = fetch(program({"true", "{word}"}), query);
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::invalid);
}

TEST_CASE("command: 200 at once, each gets its own output") {
  const Baseline baseline;
  const auto command = make(program({"sh", "-c", "sleep 0.1; echo \"$1\"", "sh", "{n}"}));
  {
    std::vector<Fetching> all;
    all.reserve(200);
    for (std::int64_t n = 0; n < 200; ++n) {
      Query query;
      query.params["n"] = n;
      all.emplace_back(command, query);
    }
    for (int n = 0; n < 200; ++n)
      CHECK(text(all[static_cast<std::size_t>(n)].result()) == std::to_string(n) + "\n");
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
