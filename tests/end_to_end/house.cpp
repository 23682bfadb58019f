#include "end_to_end/house.hpp"

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "cli/process_setup.hpp"

namespace desist::test {
namespace {

cli::Loaded load_in(const Folder& directory, std::string_view rest, std::string_view server_keys) {
  cli::set_up_process();
  const std::string file =
      directory.write("desist.toml", "[server]\nlisten = \"127.0.0.1:0\"\n" + std::string(server_keys) +
                                         "\n[admin]\nlisten = \"127.0.0.1:0\"\n[log]\nformat = \"json\"\n" +
                                         std::string(rest));
  auto loaded = cli::load(file);
  if (!loaded) throw std::runtime_error(loaded.error());
  return std::move(*loaded);
}

}  // namespace

const WorkerView* Finished::worker(std::string_view name, std::string_view kind) const {
  for (const WorkerView& worker : workers) {
    if (worker.name == name && worker.kind == kind) return &worker;
  }
  return nullptr;
}

Journal::Subscriber Ledger::subscriber() {
  return [this](const Event& event) {
    if (event.kind == EventKind::opened) {
      const std::lock_guard lock(mutex_);
      ++opened_;
    } else if (event.kind == EventKind::closed) {
      const RequestInfo& info = event.request.info();
      Finished finished{.id = info.id,
                        .path = info.path,
                        .status = event.status,
                        .cause = event.request.cause(),
                        .workers = event.request.workers(),
                        .framed = info.framed,
                        .told = event.request.told(),
                        .closed = event.at};
      const std::lock_guard lock(mutex_);
      finished_.push_back(std::move(finished));
      more_.notify_all();
    }
  };
}

std::optional<Finished> Ledger::finished(const std::string& id) const {
  std::unique_lock lock(mutex_);
  std::optional<Finished> found;
  more_.wait_for(lock, 30s, [&] {
    for (const Finished& finished : finished_) {
      if (finished.id == id) found = finished;
      if (found) break;
    }
    return found.has_value();
  });
  return found;
}

std::vector<Finished> Ledger::all() const {
  const std::lock_guard lock(mutex_);
  return finished_;
}

std::size_t Ledger::opened() const {
  const std::lock_guard lock(mutex_);
  return opened_;
}

std::size_t Ledger::closed() const {
  const std::lock_guard lock(mutex_);
  return finished_.size();
}

bool Ledger::wait_closed(std::size_t count, std::chrono::milliseconds deadline) const {
  std::unique_lock lock(mutex_);
  return more_.wait_for(lock, deadline, [&] { return finished_.size() >= count; });
}

House::House(std::string_view rest, std::string_view server_keys)
    : ledger_(std::make_shared<Ledger>()), loaded_(load_in(directory_, rest, server_keys)) {
  loaded_.server->subscribe(ledger_->subscriber());
  if (const auto started = cli::start(loaded_); !started) throw std::runtime_error(started.error());
}

WireClient House::asking(std::string_view target, std::string_view id) const {
  WireClient asking = client();
  asking.get(target, "X-Request-Id: " + std::string(id) + "\r\n");
  return asking;
}

WireAnswer House::get(std::string_view target, std::string_view id) const {
  WireClient one = asking(target, id);
  return one.answer(30s).value_or(WireAnswer{});
}

WireAnswer House::admin(std::string_view target, std::string_view method) const {
  WireClient admin(server().admin_port());
  admin.send(std::string(method) + " " + std::string(target) +
             " HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n");
  return admin.answer().value_or(WireAnswer{});
}

bool House::live(std::string_view text) const {
  return eventually([&] { return admin("/requests").body.find(text) != std::string::npos; });
}

std::string House::file(std::string_view name) const {
  std::string content;
  (void)eventually([&] {
    std::ifstream stream(path(name));
    content.assign(std::istreambuf_iterator<char>(stream), {});
    return !content.empty();
  });
  return content;
}

bool alive(pid_t pid) {
  return kill(pid, 0) == 0;
}

}  // namespace desist::test
