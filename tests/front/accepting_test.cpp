#include <array>
#include <system_error>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front/descriptor.hpp"
#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

namespace {

/// Lowers the limit of open descriptors, and puts it back.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(rlim_t limit) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit lower{limit, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &lower);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

[[nodiscard]] bool says_hello(WireClient& client, WireClient::Wait wait = WireClient::patience) {
  client.get("/hello");
  const auto answer = client.answer(wait);
  return answer && answer->body == "hello";
}

/// The server's end of a connection within this process, found by the client's port; -1 where there is none.
int server_end(std::uint16_t client_port) {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
        peer.sin_family == AF_INET && ntohs(peer.sin_port) == client_port) {
      return descriptor;
    }
  }
  return -1;
}

int option(int descriptor, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  getsockopt(descriptor, level, name, &value, &size);
  return value;
}

}  // namespace

TEST_CASE("a process without descriptors to spare accepts again when it has some") {
  const Baseline baseline;
  {
    FrontUnderTest under;
    under.start();
    std::optional<WireClient> client;
    {
      const DescriptorLimit limit(64);
      std::vector<front::Descriptor> hoard;
      while (hoard.empty() || hoard.back()) hoard.emplace_back(dup(0));
      hoard.resize(hoard.size() - 2);   // the failure, and one that the client needs
      client.emplace(under.connect());  // nothing is left for the server's end
      client->get("/hello");
      CHECK_FALSE(client->hears(100ms));
    }
    const auto answer = client->answer();
    REQUIRE(answer);
    CHECK(answer->body == "hello");
    WireClient next = under.connect();
    CHECK(says_hello(next));
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("where descriptors run out, the client that has been idle for longest makes room") {
  const Baseline baseline;
  {
    FrontUnderTest under;
    under.start();
    WireClient idle = under.connect();
    REQUIRE(says_hello(idle));
    const DescriptorLimit limit(64);
    std::vector<front::Descriptor> hoard;
    while (hoard.empty() || hoard.back()) hoard.emplace_back(dup(0));
    hoard.resize(hoard.size() - 2);  // the failure, and one that the client needs
    WireClient client = under.connect();
    CHECK(says_hello(client));
    CHECK(idle.end() == WireClient::End::closed);
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}

TEST_CASE("beyond the most connections a newcomer is not sent away before it has asked") {
  Limits limits;
  limits.max_connections = 2;
  FrontUnderTest under(limits);
  under.start();
  WireClient first = under.connect();
  WireClient second = under.connect();
  REQUIRE(eventually([&] { return under.front->connections() == 2; }));
  WireClient third = under.connect();  // waits: the two have not had their say
  CHECK_FALSE(third.hears(50ms));
  CHECK(says_hello(first));  // now it has been served, and makes room
  CHECK(says_hello(third));
  CHECK(says_hello(second));
}

TEST_CASE("beyond the most connections one that is idle goes, and not the one that was asked last") {
  Limits limits;
  limits.max_connections = 5;
  FrontUnderTest under(limits);
  under.start();
  std::vector<WireClient> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(under.connect());
    REQUIRE(says_hello(clients.back()));
  }
  REQUIRE(says_hello(clients[0]));
  WireClient newcomer = under.connect();
  CHECK(says_hello(newcomer));
  CHECK(says_hello(clients[0]));
  // Which of the others fell idle first is up to their threads: each had its answer before that.
  int gone = 0;
  for (std::size_t i = 1; i < clients.size(); ++i) gone += clients[i].hears(0ms) ? 1 : 0;
  CHECK(gone == 1);
  CHECK(under.front->connections() == 5);
}

TEST_CASE("a hundred newcomers each find room where connections are idle") {
  Limits limits;
  limits.max_connections = 10;
  FrontUnderTest under(limits);
  under.start();
  std::vector<WireClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(under.connect());
    REQUIRE(says_hello(clients.back()));
  }
  CHECK(under.front->connections() == 10);
}

TEST_CASE("where no connection is idle a newcomer waits until one closes, or falls idle") {
  Limits limits;
  limits.max_connections = 2;
  FrontUnderTest under(limits);
  under.add("/slow", [&](const Context& ctx, const front::Request&) -> Result<front::Answer> {
    under.gate.wait(ctx);
    return text("done");
  });
  under.start();
  WireClient first = under.connect();
  WireClient second = under.connect();
  first.get("/slow");
  second.get("/slow");
  REQUIRE(eventually([&] { return under.gate.waiting() == 2; }));
  WireClient third = under.connect();
  third.get("/hello");
  WireClient fourth = under.connect();
  fourth.get("/hello");
  CHECK_FALSE(third.hears(50ms));
  first.close();
  CHECK(third.answer()->body == "hello");  // and idle now, so that the fourth gets its place
  CHECK(fourth.answer()->body == "hello");
  under.gate.open();
  CHECK(second.answer()->body == "done");
}

TEST_CASE("connections have no delay, and are probed when they are silent") {
  FrontUnderTest under;
  under.start();
  WireClient client = under.connect();
  REQUIRE(says_hello(client));
  const int end = server_end(client.local_port());
  REQUIRE(end >= 0);
  CHECK(option(end, IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK(option(end, SOL_SOCKET, SO_KEEPALIVE) != 0);
  CHECK(option(end, IPPROTO_TCP, TCP_KEEPIDLE) == 30);
  CHECK(option(end, IPPROTO_TCP, TCP_USER_TIMEOUT) == 60000);
  CHECK((fcntl(end, F_GETFL) & O_NONBLOCK) != 0);
  CHECK((fcntl(end, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("an address that cannot be had is said at once, by name") {
  FrontUnderTest under;
  under.start();
  Journal journal;
  LiveTree tree(journal, {});
  TestService service;
  const auto listen_again = [&](const std::string& address) {
    front::Front second({.address = address, .port = under.front->port(), .limits = {}}, service, tree,
                        under.pool());
  };
  try {
    listen_again("127.0.0.1");
    FAIL("the port was taken");
  } catch (const std::system_error& error) {
    CHECK(std::string(error.what()).find("127.0.0.1:" + std::to_string(under.front->port())) !=
          std::string::npos);
    CHECK(error.code() == std::errc::address_in_use);
  }
  CHECK_THROWS_AS(listen_again("localhost"), std::system_error);
}
