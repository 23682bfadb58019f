#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "desist/server.hpp"

#include "support/census.hpp"
#include "support/eventually.hpp"
#include "support/wire_client.hpp"

namespace desist::test {

using Json = nlohmann::json;

/// Work that goes on until it is let go, or, where it obeys, until it is told to stop.
class Waiting final : public Store {
 public:
  enum class Manner { obeys, stubborn };
  explicit Waiting(Manner manner = Manner::obeys) : manner_(manner) {}

  Result<Payload> fetch(const Context& ctx, const Query&) override {
    std::unique_lock lock(mutex_);
    ++entered_;
    ++inside_;
    changed_.notify_all();
    if (manner_ == Manner::obeys) {
      changed_.wait(lock, ctx.token(), [this] { return released_; });
    } else {
      changed_.wait(lock, [this] { return released_; });
    }
    --inside_;
    if (!released_) return cancelled(ctx);
    return Payload::text("done\n");
  }
  void release() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  /// How many fetches have begun.
  [[nodiscard]] int entered() const {
    const std::lock_guard lock(mutex_);
    return entered_;
  }
  /// How many have not returned.
  [[nodiscard]] int inside() const {
    const std::lock_guard lock(mutex_);
    return inside_;
  }

 private:
  const Manner manner_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  int entered_ = 0;
  int inside_ = 0;
  bool released_ = false;
};

/// A file without a name, for the log.
class LogFile {
 public:
  LogFile() : descriptor_(memfd_create("log", MFD_CLOEXEC)) { REQUIRE(descriptor_ >= 0); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;
  ~LogFile() { close(descriptor_); }

  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] std::string text() const {
    std::string all(static_cast<std::size_t>(lseek(descriptor_, 0, SEEK_END)), '\0');
    all.resize(static_cast<std::size_t>(std::max<ssize_t>(pread(descriptor_, all.data(), all.size(), 0), 0)));
    return all;
  }
  /// The whole lines, each of which must be a JSON object.
  [[nodiscard]] std::vector<Json> lines() const {
    std::vector<Json> parsed;
    const std::string all = text();
    for (std::size_t begin = 0, end = 0; (end = all.find('\n', begin)) != std::string::npos;
         begin = end + 1) {
      parsed.push_back(Json::parse(all.substr(begin, end - begin)));
    }
    return parsed;
  }
  /// The first line whose member `name` is `value`, waiting for it; null where none comes.
  [[nodiscard]] Json wait_for(const std::string& name, const Json& value) const {
    Json found;
    static_cast<void>(eventually([&] {
      for (const Json& line : lines()) {
        if (line.contains(name) && line[name] == value) {
          found = line;
          return true;
        }
      }
      return false;
    }));
    return found;
  }
  [[nodiscard]] Json finished(const std::string& id) const {
    Json found;
    static_cast<void>(eventually([&] {
      for (const Json& line : lines()) {
        if (line.contains("status") && line["id"] == id) found = line;
      }
      return !found.is_null();
    }));
    return found;
  }
  [[nodiscard]] std::vector<Json> events(const std::string& event) const {
    std::vector<Json> found;
    for (const Json& line : lines()) {
      if (line.contains("event") && line["event"] == event) found.push_back(line);
    }
    return found;
  }

 private:
  int descriptor_;
};

/// A server on ports of its own with an admin listener, whose log can be read. Its end checks that nothing is
/// left.
struct ServerUnderTest {
  explicit ServerUnderTest(ServerOptions options = {}) {
    options.listen = {.address = "127.0.0.1", .port = 0};
    options.admin = Endpoint{.address = "127.0.0.1", .port = 0};
    options.log_format = ServerOptions::LogFormat::json;
    options.log_descriptor = log.descriptor();
    server.emplace(std::move(options));
  }
  ServerUnderTest(const ServerUnderTest&) = delete;
  ServerUnderTest& operator=(const ServerUnderTest&) = delete;
  ~ServerUnderTest() {
    server.reset();
    CHECK_MESSAGE(baseline.settled(), baseline.text());
  }

  ServerUnderTest& route(Route route) {
    server->route(std::move(route));
    return *this;
  }
  ServerUnderTest& start() {
    server->start();
    return *this;
  }
  [[nodiscard]] WireClient client() const { return WireClient(server->port()); }
  /// One request on a connection of its own.
  [[nodiscard]] WireAnswer ask(std::string_view target, std::string_view extra = {}) const {
    return ask_at(server->port(), "GET", target, extra);
  }
  [[nodiscard]] WireAnswer admin(std::string_view target, std::string_view method = "GET") const {
    return ask_at(server->admin_port(), method, target, {});
  }
  [[nodiscard]] Json admin_json(std::string_view target) const { return Json::parse(admin(target).body); }

  static WireAnswer ask_at(std::uint16_t port, std::string_view method, std::string_view target,
                           std::string_view extra) {
    WireClient client(port);
    client.send(std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" +
                std::string(extra) + "Connection: close\r\n\r\n");
    return client.answer(WireClient::patience, method).value_or(WireAnswer{});
  }

  LogFile log;
  const Baseline baseline;
  std::optional<Server> server;
};

}  // namespace desist::test
