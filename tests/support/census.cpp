#include "support/census.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <dirent.h>
#include <unistd.h>

#include "context/timer.hpp"
#include "support/eventually.hpp"

namespace desist::test {
namespace {

std::size_t entries(const char* path) {
  DIR* directory = opendir(path);
  if (directory == nullptr) return 0;
  std::size_t count = 0;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] != '.') ++count;
  }
  closedir(directory);
  return count;
}

// The fourth field of /proc/PID/stat, behind the parenthesised name.
pid_t parent_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(text.substr(name_end + 1));
  char state = 0;
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

std::size_t descendants() {
  std::multimap<pid_t, pid_t> children;
  DIR* directory = opendir("/proc");
  if (directory == nullptr) return 0;
  while (const dirent* entry = readdir(directory)) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    children.emplace(parent_of(entry->d_name), static_cast<pid_t>(std::atoi(entry->d_name)));
  }
  closedir(directory);
  std::size_t count = 0;
  std::vector<pid_t> open{getpid()};
  while (!open.empty()) {
    const pid_t pid = open.back();
    open.pop_back();
    const auto [first, last] = children.equal_range(pid);
    for (auto it = first; it != last; ++it) {
      ++count;
      open.push_back(it->second);
    }
  }
  return count;
}

}  // namespace

Census Census::take() {
  return {.threads = entries("/proc/self/task"),
          .descriptors = entries("/proc/self/fd"),
          .children = descendants(),
          .timers = armed_timers()};
}

std::string Census::text() const {
  return "threads " + std::to_string(threads) + ", descriptors " + std::to_string(descriptors) +
         ", children " + std::to_string(children) + ", timers " + std::to_string(timers);
}

Baseline::Baseline() {
  std::thread([] {}).join();  // a sanitizer starts a thread of its own with the first
  before_ = Census::take();
}

bool Baseline::settled() const {
  return eventually([this] {
    const Census now = Census::take();
    return now.threads <= before_.threads && now.descriptors <= before_.descriptors &&
           now.children <= before_.children && now.timers <= before_.timers;
  });
}

std::string Baseline::text() const {
  return Census::take().text() + "; before: " + before_.text();
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace desist::test
