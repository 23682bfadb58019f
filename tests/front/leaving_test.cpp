#include <doctest/doctest.h>

#include "front_under_test.hpp"

using namespace desist;
using namespace desist::test;

namespace {

/// A handler that works until it is told, and says so.
Handler until_stopped(Gate& gate) {
  return [&gate](const Context& ctx, const front::Request&) -> Result<front::Answer> {
    gate.wait(ctx);
    return cancelled(ctx);
  };
}

}  // namespace

TEST_CASE("a client that leaves by FIN has its work told") {
  const Baseline baseline;
  {
    FrontUnderTest under;
    under.add("/slow", until_stopped(under.gate));
    under.start();
    WireClient client = under.connect();
    client.get("/slow");
    REQUIRE(eventually([&] { return under.gate.waiting() == 1; }));
    client.close();
    const auto line = under.log.line();
    REQUIRE(line);
    CHECK(line->status == 499);
    REQUIRE(line->cause);
    CHECK(line->cause->reason == Reason::client_gone);
    REQUIRE(line->workers.size() == 1);
    CHECK(line->workers[0].outcome == Outcome::cancelled);
    CHECK(eventually([&] { return under.front->connections() == 0; }));
  }
  CHECK_MESSAGE(baseline.settled(), baseline.text());
}
