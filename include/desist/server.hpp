#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "desist/api.hpp"
#include "desist/journal.hpp"
#include "desist/limits.hpp"
#include "desist/store.hpp"

namespace desist {

/// A parameter of a route. Those named in its path come from there, the others from the query string.
struct DESIST_API Param {
  /// Which of ParamValue's types a Store gets.
  enum class Type {
    text,     ///< std::string
    integer,  ///< std::int64_t
    number    ///< double
  };
  /// RE2; must match the whole decoded value. Empty: by type, text `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`,
  /// integer and number their decimal notations.
  std::string pattern{};
  Type type = Type::text;                 ///< a value that does not fit it is refused with 400
  std::optional<std::string> fallback{};  ///< where the query string has none; without one, it is required
};

/// A Store that is one function: called from many threads at once; what Store::fetch promises, it promises.
using Handler = std::function<Result<Payload>(const Context&, const Query&)>;

/// What is asked under a path, and who answers: a store or a handler, one of the two.
struct DESIST_API Route {
  /// "/reports/{year}": literal segments, and parameters that are a whole segment. Nothing else is special:
  /// "*" and ":year" are literal.
  std::string path{};
  /// GET implies HEAD.
  std::vector<std::string> methods = std::vector<std::string>(1, "GET");  // braces break GCC 12 in a template
  std::shared_ptr<Store> store{};                                         ///< this,
  Handler handler{};                                                      ///< or this
  std::optional<Duration> timeout{};  ///< from when the whole request had arrived; empty: none
  OnDisconnect on_disconnect = OnDisconnect::cancel;  ///< what a client's leaving does
  HalfClose half_close = HalfClose::gone;             ///< whether shutting down writing is leaving
  std::map<std::string, Param> params{};              ///< by name; those of the path that are absent are text
};

/// Where to listen.
struct DESIST_API Endpoint {
  std::string address = "127.0.0.1";  ///< IPv4 or IPv6, no name: "::1"; "0.0.0.0" or "::" for every one
  std::uint16_t port = 8080;          ///< 0 picks one
};

/// What a Server is given at its making; the config file's [server], [admin] and [log] are these. A time of
/// `Duration::max()` never runs out.
struct DESIST_API ServerOptions {
  Endpoint listen{};                                   ///< for requests
  std::optional<Endpoint> admin{};                     ///< absent: no admin listener
  Limits limits{};                                     ///< what clients may take
  Duration shutdown_grace = std::chrono::seconds(10);  ///< drain this long, then cancel
  Duration stop_timeout = std::chrono::seconds(5);     ///< then wait this long for what was told
  Duration overdue_after = std::chrono::seconds(1);    ///< told and still there: reported
  /// How a log line looks.
  enum class LogFormat {
    automatic,  ///< text on a terminal, else json
    json,       ///< one object a line
    text,       ///< for people
    none        ///< no log
  };
  LogFormat log_format = LogFormat::automatic;  ///< one line a finished request, and a few others
  int log_descriptor = 2;                       ///< where the log goes; is open, and stays so
};

/// The whole server: front, router, log, admin. Lives from `start` until its destructor; thread-safe after
/// `start`.
///
///     Server server({.listen = {"127.0.0.1", 8080}});
///     server.route({.path = "/slow/{id}", .store = std::make_shared<Slow>(), .timeout = 30s});
///     server.start();
class DESIST_API Server {
 public:
  /// Binds nothing yet; `start` does. Throws std::invalid_argument for a member that no server can do with,
  /// naming it and what would be right.
  explicit Server(ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// `shutdown` without a drain, where that has not been done. It returns even where work has stayed: that
  /// work keeps the threads, stores and handlers that it stands on until it returns, or the process ends.
  /// Subscribers hear nothing any more, and the log is closed.
  ~Server();

  /// Before `start`. Throws std::invalid_argument for a path, method, parameter or pattern that cannot work,
  /// saying which and what would be right.
  void route(Route route);
  /// Before `start`: hears everything that happens. See Journal for the subscriber's threads. Throws
  /// std::invalid_argument for an empty function.
  void subscribe(Journal::Subscriber subscriber);

  /// Binds, begins to serve, and returns. Throws std::system_error naming the address that could not be had;
  /// std::logic_error where that has been done, or the server has been shut down.
  void start();
  /// The one that was bound, also where 0 was asked for; 0 before `start`.
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] std::uint16_t admin_port() const noexcept;  ///< 0 without admin

  /// Drains for `shutdown_grace`, then cancels what is left (`shutting_down`), then waits `stop_timeout` for
  /// it. Blocks. True when everything has stopped; false where something stayed: it has been logged by name,
  /// and still runs. For good: before `start`, it is `start` that then throws. Not to be called by a handler
  /// or Store of this server: it would wait for itself.
  bool shutdown();
  /// Skips the stage that a `shutdown` on another thread is in: first the drain, then the waiting. Also
  /// before it.
  void hurry();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace desist
