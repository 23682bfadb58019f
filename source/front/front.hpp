#pragma once

/// The front: accepts, frames, parks and watches connections, and spends a thread on a complete request only.
/// It knows the wire, the clock and the live tree; what a request means, its Service says.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "desist/error.hpp"
#include "desist/limits.hpp"
#include "desist/live_tree.hpp"
#include "desist/pool.hpp"
#include "desist/reader.hpp"

namespace desist::front {

/// A complete, strictly checked request. Views live as long as the request is in flight.
struct Request {
  std::string_view method;
  std::string_view path;   ///< raw: still percent-encoded; begins with '/', or is "*"
  std::string_view query;  ///< raw; without the '?'
  std::string_view body;
  std::span<const std::pair<std::string, std::string>> headers;  ///< in their order
  std::string_view id;      ///< the client's X-Request-Id where it is well-formed, else one of ours
  std::string_view client;  ///< the peer's address and port

  /// The first header of that name, in any case of letters; empty where there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
};

/// An answer: the body is bytes, or is pulled from a reader while it is being sent.
struct Answer {
  int status = 200;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;  ///< beyond what the front sets itself
  std::variant<std::string, std::unique_ptr<Reader>> body;
  std::string error;  ///< what the log says of it; no client sees it
};

/// `application/problem+json` with the request's id and no internals (RFC 9457).
[[nodiscard]] Answer problem(int status, std::string_view id, std::string_view detail = {});

/// How the work for one request is to be done.
struct Work {
  std::string route = {};                ///< the route's pattern, for log and live tree
  std::optional<Duration> timeout = {};  ///< counted from when the request was framed
  OnDisconnect on_disconnect = OnDisconnect::cancel;
  HalfClose half_close = HalfClose::gone;
  /// Runs on a jthread as the request's handler, and returns when all that it started has returned. An error
  /// is turned into its answer by the front: `cancelled` by its cause, `overloaded` 503, `invalid` 400,
  /// others 502.
  std::function<Result<Answer>(const Context&, const Request&)> run = {};
};

/// Says what a request means: an answer at once (404, 405, a bad parameter), whose body is bytes, or work to
/// be done.
class Service {
 public:
  virtual ~Service() = default;
  /// Cheap, and never blocks. Called from many threads.
  [[nodiscard]] virtual std::variant<Answer, Work> plan(const Request& request) = 0;
};

class Front {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;  ///< 0 picks one
    Limits limits;
    std::size_t waiting_threads =
        4;  ///< kept waiting on epoll while nothing is to be done; at least one always
  };

  /// Listens. Throws std::system_error where the address cannot be had. All referenced must outlive the
  /// front.
  Front(Options options, Service& service, LiveTree& live, Pool& pool);
  Front(const Front&) = delete;
  Front& operator=(const Front&) = delete;
  /// Closes every connection; requests in flight must have been cancelled and waited for.
  ~Front();

  /// The bound port.
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Begins to accept and to serve, on the pool's threads. Returns at once.
  void start();

  /// Stops listening, closes idle connections, answers new requests on kept ones with 503 and closes those.
  /// What is in flight goes on. Returns at once; the live tree says when it is empty.
  void drain();

  /// Whether every answer has been written and every connection has closed, waiting for that until
  /// `deadline`, or until `give_up` trips.
  [[nodiscard]] bool wait_closed(TimePoint deadline, std::stop_token give_up = {});

  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace desist::front
