#include "server/service.hpp"

#include <exception>
#include <stdexcept>
#include <utility>

#include "desist/live_tree.hpp"

namespace desist::server {
namespace {

class HandlerStore final : public Store {
 public:
  explicit HandlerStore(Handler handler) : handler_(std::move(handler)) {}
  Result<Payload> fetch(const Context& ctx, const Query& query) override { return handler_(ctx, query); }

 private:
  Handler handler_;
};

/// Remembers for the log what went wrong; a cancellation is no failure, its cause tells all.
void note_failure(const Context& ctx, const Error& error) {
  if (error.code == ErrorCode::cancelled) return;
  if (const auto* live = ctx.value(keys::live_request)) (*live)->note_error(error.message);
}

// What is not inlined here is kept out of the frame that waits while a Store works.
template <class R>
[[gnu::noinline]] R threw(std::string_view what) {
  return failure(ErrorCode::failed, "exception" + std::string(what));
}

/// Errors of Stores and Readers are values. One that throws all the same fails its request, and nothing else.
template <class F>
auto without_throws(F&& ask) -> decltype(ask()) {
  try {
    return ask();
  } catch (const std::exception& error) {
    return threw<decltype(ask())>(std::string(": ") + error.what());
  } catch (...) {
    return threw<decltype(ask())>(" of an unknown type");
  }
}

/// Passes a stream on, and notes where it breaks off: by then its answer has begun, and only the log can
/// tell.
class NotingReader final : public Reader {
 public:
  explicit NotingReader(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}
  Result<std::size_t> read(const Context& ctx, std::span<char> buffer) override {
    Result<std::size_t> result = without_throws([&] { return reader_->read(ctx, buffer); });
    if (!result) note_failure(ctx, result.error());
    return result;
  }

 private:
  std::unique_ptr<Reader> reader_;
};

[[gnu::noinline]] Result<front::Answer> answer_of(const Context& ctx, Result<Payload> payload) {
  if (!payload) {
    note_failure(ctx, payload.error());
    return tl::unexpected(std::move(payload.error()));
  }
  front::Answer answer;
  answer.content_type = payload->content_type();
  if (payload->is_stream()) {
    answer.body = std::make_unique<NotingReader>(std::move(*payload).take_reader());
  } else {
    answer.body = std::move(*payload).take_bytes();
  }
  return answer;
}

}  // namespace

front::Answer answer(const Router::NotFound&, const front::Request& request) {
  return front::problem(404, request.id, "There is nothing at this path.");
}

front::Answer answer(const Router::NotAllowed& outcome, const front::Request& request) {
  front::Answer answer;
  if (request.method == "OPTIONS") {
    answer.status = 204;
  } else {
    answer = front::problem(405, request.id, "This path does not take that method.");
  }
  answer.headers.emplace_back("Allow", outcome.allow);
  return answer;
}

front::Answer answer(const Router::Malformed&, const front::Request& request) {
  return front::problem(400, request.id,
                        "The path has a '%' that is not followed by two hexadecimal digits.");
}

void Routes::add(Route route) {
  const auto refuse = [&](const std::string& what) {
    throw std::invalid_argument("route \"" + route.path + "\": " + what);
  };
  if (route.store != nullptr && route.handler) refuse("a store and a handler: one of them answers");
  if (route.store == nullptr && !route.handler) refuse("neither a store nor a handler: nobody would answer");
  if (route.timeout && *route.timeout <= Duration::zero()) refuse("a timeout is longer than nothing");
  if (route.store == nullptr) route.store = std::make_shared<HandlerStore>(std::move(route.handler));
  // The parameters are tried on a router of their own first: a route that is refused leaves nothing behind.
  Params params(route.path, Router().add(route.path, route.methods, 0), route.params);
  router_.add(route.path, route.methods, routes_.size());
  routes_.push_back(
      std::make_unique<const Planned>(Planned{.route = std::move(route), .params = std::move(params)}));
}

std::variant<front::Answer, front::Work> Routes::plan(const front::Request& request) {
  auto outcome = router_.find(request.method, request.path);
  if (auto* found = std::get_if<Router::Found>(&outcome)) return plan(request, std::move(*found));
  if (const auto* refused = std::get_if<Router::NotAllowed>(&outcome)) return answer(*refused, request);
  if (const auto* malformed = std::get_if<Router::Malformed>(&outcome)) return answer(*malformed, request);
  return answer(Router::NotFound{}, request);
}

std::variant<front::Answer, front::Work> Routes::plan(const front::Request& request, Router::Found found) {
  const Planned& planned = *routes_[found.target];
  auto values = planned.params.read(found.values, request.query);
  if (!values) return front::problem(400, request.id, values.error());

  front::Work work;
  work.route = planned.route.path;
  work.timeout = planned.route.timeout;
  work.on_disconnect = planned.route.on_disconnect;
  work.half_close = planned.route.half_close;
  work.run = [&planned, params = std::move(*values)](
                 const Context& ctx, const front::Request& running) mutable -> Result<front::Answer> {
    const Query query{.params = std::move(params), .body = running.body};
    return answer_of(ctx, without_throws([&] { return planned.route.store->fetch(ctx, query); }));
  };
  return work;
}

}  // namespace desist::server
