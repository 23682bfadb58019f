#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "probe.hpp"
#include "support/eventually.hpp"

// As many as it was made for. Each request is a thread or eleven, more than a sanitizer can count.

namespace desist::test {
namespace {

void need_descriptors(rlim_t count) {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  REQUIRE_MESSAGE(limit.rlim_max >= count, "the system allows ", limit.rlim_max, " open descriptors, and ",
                  count, " are wanted: ulimit -Hn");
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// All ask, all wait, all leave: every one is told after it has left, and none but once.
void come_and_leave(std::size_t count, const std::string& path, const std::string& query) {
  need_descriptors(count + 100);
  const Probe probe;
  std::vector<WireClient> clients;
  clients.reserve(count);
  for (std::size_t i = 0; i < count; ++i) clients.push_back(probe.asking(path + std::to_string(i) + query));
  REQUIRE(probe.waiting(count));
  CHECK(probe.get("/hello") == "hello, world");  // still there for others
  CHECK(probe.get("/stops").empty());

  std::vector<std::int64_t> left(count);
  for (std::size_t i = 0; i < count; ++i) {
    left[i] = monotonic_ns();
    clients[i].close();
  }
  const auto stops = probe.stops(count);
  REQUIRE(stops.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [told, awake] = stops.at(std::to_string(i));
    if (told <= left[i] || awake < told)
      FAIL_CHECK(i, " left at ", left[i], ", told ", told, ", awake ", awake);
  }
  CHECK(probe.get("/inflight") == "0\n");
  CHECK(probe.get("/stops").empty());
}

}  // namespace

TEST_CASE("10,000 requests wait at once, and every one is told when its client leaves") {
  come_and_leave(10'000, "/wait/", "");
}

TEST_CASE(
    "1,000 requests with 10 dependants each wait at once, and every one is told when its client leaves") {
  come_and_leave(1'000, "/fan/", "?n=10");
}

}  // namespace desist::test
