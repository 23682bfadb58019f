#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <typeinfo>
#include <utility>

#include <dlfcn.h>
#include <doctest/doctest.h>

#include <desist/all.hpp>
#include <desist/command.hpp>
#include <desist/pool.hpp>
#include <desist/queue.hpp>
#include <desist/race.hpp>
#include <desist/server.hpp>
#include <desist/task_group.hpp>
#include <desist/waits.hpp>

#include "support/wire_client.hpp"

// What crosses the library's boundary: values, errors, exceptions, types, hooks. The program knows the public
// headers only, and is compiled with hidden visibility.

namespace desist::test {
namespace {

using namespace std::chrono_literals;

struct Tenant {
  int number;
};
inline constexpr Key<Tenant> tenant{"tenant"};

Result<void> note_id(const Context& ctx, std::string& where) {
  const std::string* id = ctx.value(keys::request_id);
  if (id == nullptr) return failure(ErrorCode::failed, "no request id");
  where = *id;
  return {};
}

/// Fans out to two children and answers what both found.
class Twice final : public Store {
 public:
  Result<Payload> fetch(const Context& ctx, const Query& query) override {
    const Scope scope = ctx.with_value(tenant, Tenant{7}).with_timeout(10s);
    std::string first, second;
    TaskGroup group(scope);
    group.spawn("first", [&](const Context& child) { return note_id(child, first); });
    group.spawn("second", [&](const Context& child) -> Result<void> {
      const Tenant* found = child.value(tenant);
      if (found == nullptr) return failure(ErrorCode::failed, "no tenant");
      second = std::to_string(found->number);
      return {};
    });
    if (auto done = group.wait(); !done) return tl::unexpected(done.error());
    const ParamValue* item = query.find("item");
    return Payload::text(to_text(*item) + " " + first + " " + second);
  }
};

/// A stream of one word, with a type that only the program knows.
class Word final : public Reader {
 public:
  Result<std::size_t> read(const Context& /*ctx*/, std::span<char> buffer) override {
    const std::string_view word = std::exchange(word_, {});
    std::copy(word.begin(), word.end(), buffer.begin());
    return word.size();
  }

 private:
  std::string_view word_ = "streamed";
};

ServerOptions quiet() {
  return {.listen = {"127.0.0.1", 0}, .log_format = ServerOptions::LogFormat::none};
}

std::string body_of(const Server& server, std::string_view target, std::string_view headers = {}) {
  WireClient client(server.port());
  client.get(target, headers);
  const auto answer = client.answer();
  return answer ? answer->body : "no answer";
}

}  // namespace

TEST_CASE("a server asks a program's own Store, which finds what the server and the program set") {
  Server server(quiet());
  server.route({.path = "/items/{item}", .store = std::make_shared<Twice>()});
  server.route({.path = "/word", .handler = [](const Context&, const Query&) -> Result<Payload> {
                  return Payload::stream("text/plain", std::make_unique<Word>());
                }});
  server.start();
  CHECK(body_of(server, "/items/anvil", "X-Request-Id: ada\r\n") == "anvil ada 7");
  CHECK(body_of(server, "/word") == "streamed");
}

TEST_CASE("work is told when its client leaves") {
  Latch begun;
  Latch told;
  Server server(quiet());
  server.route({.path = "/waits", .handler = [&](const Context& ctx, const Query&) -> Result<Payload> {
                  const auto hook = on_stop(ctx, [&]() noexcept { told.count_down(); });
                  begun.count_down();
                  return tl::unexpected(sleep_for(ctx, 1h).error());
                }});
  server.start();
  WireClient client(server.port());
  client.get("/waits");
  const Scope patience = Context().with_timeout(10s);
  REQUIRE(begun.wait(patience));
  client.close();
  CHECK(told.wait(patience));
}

TEST_CASE("the library finds the pool that a program names") {
  Pool pool;
  const Context ctx = Context().with_value(keys::pool, &pool);
  CHECK(&pool_of(ctx) == &pool);
  TaskGroup group(ctx);
  group.spawn("counts", [&](const Context&) -> Result<void> {
    if (pool.running() == 1) return {};
    return failure(ErrorCode::failed, "runs elsewhere");
  });
  CHECK(group.wait().has_value());
}

TEST_CASE("what the library throws is caught, and what a program throws is an error of its task") {
  Server server(quiet());
  const std::shared_ptr<Store> store = std::make_shared<Twice>();
  CHECK_THROWS_AS(server.route({.path = "no slash", .store = store}), std::invalid_argument);
  server.start();
  ServerOptions taken = quiet();
  taken.listen.port = server.port();
  Server second(taken);
  CHECK_THROWS_AS(second.start(), std::system_error);

  TaskGroup group{Context()};
  group.spawn("throws", [](const Context&) -> Result<void> { throw std::runtime_error("out of anvils"); });
  const Result<void> result = group.wait();
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::failed);
  CHECK(result.error().message.find("out of anvils") != std::string::npos);
}

TEST_CASE("an error of the library is a value with its cause, and an exception where a program wants one") {
  const Scope scope = Context().with_cancel();
  scope.cancel(Reason::lost_race, "too late");
  Queue<int> empty(1);
  const Result<std::optional<int>> popped = empty.pop(scope);
  try {
    (void)popped.value();
    FAIL("no exception");
  } catch (const tl::bad_expected_access<Error>& thrown) {
    CHECK(thrown.error().code == ErrorCode::cancelled);
    CHECK(thrown.error().cause == Cause{Reason::lost_race, "too late"});
  }
}

TEST_CASE("types are the same on both sides") {
  const Result<std::shared_ptr<Command>> made = Command::make({.argv = {"true"}});
  REQUIRE(made.has_value());
  const std::shared_ptr<Store> store = *made;
  CHECK(dynamic_cast<Command*>(store.get()) == made->get());
  CHECK(dynamic_cast<All*>(store.get()) == nullptr);
  const Store& seen = *store;
  CHECK(typeid(seen) == typeid(Command));
  const Result<Payload> output = store->fetch(Context(), {});
  CHECK(output.has_value());
}

TEST_CASE("templates of the headers work with types that only the program knows") {
  Queue<Tenant> tenants(2);
  REQUIRE(tenants.push(Context(), Tenant{3}));
  const auto popped = tenants.pop(Context());
  REQUIRE(popped.has_value());
  CHECK(popped.value().value().number == 3);
  const Result<Tenant> first = race<Tenant>(
      Context(),
      {{"slow",
        [](const Context& ctx) -> Result<Tenant> { return tl::unexpected(sleep_for(ctx, 1h).error()); }},
       {"quick", [](const Context&) -> Result<Tenant> { return Tenant{4}; }}});
  REQUIRE(first.has_value());
  CHECK(first->number == 4);
}

#ifdef DESIST_TEST_PLUGIN
TEST_CASE("a plug-in that keeps its names to itself finds the value that the program set") {
  const std::unique_ptr<void, int (*)(void*)> plugin(dlopen(DESIST_TEST_PLUGIN, RTLD_NOW | RTLD_LOCAL),
                                                     &dlclose);
  REQUIRE(plugin != nullptr);
  const auto find =
      reinterpret_cast<const std::string* (*)(const Context&)>(dlsym(plugin.get(), "request_id_of"));
  REQUIRE(static_cast<bool>(find));
  const Context ctx = Context().with_value(keys::request_id, "ada");
  const std::string* id = find(ctx);
  REQUIRE(id != nullptr);
  CHECK(*id == "ada");
}
#endif

}  // namespace desist::test
