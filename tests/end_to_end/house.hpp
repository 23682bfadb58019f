#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desist/cause.hpp"
#include "desist/live_tree.hpp"
#include "desist/server.hpp"

#include "cli/load.hpp"
#include "support/census.hpp"
#include "support/eventually.hpp"
#include "support/folder.hpp"
#include "support/wire_client.hpp"

namespace desist::test {

using namespace std::chrono_literals;

/// A request that is no longer in flight, as the log saw it.
struct Finished {
  std::string id;
  std::string path;
  int status = 0;
  std::optional<Cause> cause;
  std::vector<WorkerView> workers;
  TimePoint framed;
  std::optional<TimePoint> told;
  TimePoint closed;

  /// From told until the last worker had returned.
  [[nodiscard]] Duration stop_time() const { return told ? closed - *told : Duration::zero(); }
  /// The worker of that name and kind; null where there was none.
  [[nodiscard]] const WorkerView* worker(std::string_view name, std::string_view kind) const;
};

/// Hears of every request that is opened or closes. Subscribe it before the server starts.
class Ledger {
 public:
  [[nodiscard]] Journal::Subscriber subscriber();
  /// Waits until a request with this id is closed; the first one.
  [[nodiscard]] std::optional<Finished> finished(const std::string& id) const;
  [[nodiscard]] std::vector<Finished> all() const;
  [[nodiscard]] std::size_t opened() const;
  [[nodiscard]] std::size_t closed() const;
  /// Waits until that many have closed.
  [[nodiscard]] bool wait_closed(std::size_t count, std::chrono::milliseconds deadline = 30s) const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  mutable std::condition_variable more_;
  std::vector<Finished> finished_;
  std::size_t opened_ = 0;
};

/// A whole server in this process, made from a real config in a directory of its own: `server_keys` stand in
/// its [server] table, `rest` holds sources and routes. Both listeners have ports of their own.
class House {
 public:
  explicit House(std::string_view rest, std::string_view server_keys = {});
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  [[nodiscard]] WireClient client() const { return WireClient(server().port()); }
  /// A client that has sent GET `target` with this request id.
  [[nodiscard]] WireClient asking(std::string_view target, std::string_view id) const;
  /// The same, until its answer.
  [[nodiscard]] WireAnswer get(std::string_view target, std::string_view id) const;
  [[nodiscard]] WireAnswer admin(std::string_view target, std::string_view method = "GET") const;
  /// Waits until `GET /requests` says this of what is in flight.
  [[nodiscard]] bool live(std::string_view text) const;

  [[nodiscard]] Server& server() const { return *loaded_.server; }
  [[nodiscard]] const Ledger& ledger() const { return *ledger_; }
  [[nodiscard]] std::string path(std::string_view name) const { return directory_ / name; }
  /// Waits until the file is there and has something in it, and gives that.
  [[nodiscard]] std::string file(std::string_view name) const;
  [[nodiscard]] bool exists(std::string_view name) const { return std::filesystem::exists(path(name)); }

 private:
  Folder directory_;
  std::shared_ptr<Ledger> ledger_;
  cli::Loaded loaded_;
};

/// Runs `test` with a House, takes the House down, and says whether the process is back where it was:
/// threads, descriptors, processes, timers.
#define DESIST_NOTHING_LEFT(baseline) \
  CHECK_MESSAGE((baseline).settled(), "something is left: ", (baseline).text())

/// Whether a process of this id exists, be it a zombie.
[[nodiscard]] bool alive(pid_t pid);

}  // namespace desist::test
