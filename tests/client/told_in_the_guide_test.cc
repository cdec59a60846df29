// What docs/guide/retries.md shows of a call's history is what such a call says.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "fixture.h"
#include "hosts.h"

namespace cpp_lite::client {
namespace {

std::string guide() {
  std::ifstream file(CPP_LITE_DOCS "/guide/retries.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Guide, ShowsTheHistoryOfACallAsItIs) {
  constexpr Method kIdempotent{.path = "/test.Service/Safe", .safety = Safety::idempotent};
  const auto loop = support::FakeLoop::create();
  const auto hosts = std::make_shared<Hosts>(loop);
  hosts->addresses = {"ipv4:10.0.0.7:50051", "ipv4:10.0.0.8:50051"};
  ConnectOptions options;
  options.loop = loop;
  options.log = {};
  options.authority = "test.example";
  options.load_balancing = LoadBalancing::round_robin;
  auto channel = connect_through(
      {.dialer = std::make_unique<HostsDialer>(hosts), .random = [] { return 0.5; }}, options);
  Future<RawReply> reply = channel->unary({&kIdempotent, 150ms}, bytes("ping"));
  loop->run_until_idle();
  for (const std::string& address : hosts->addresses) {
    loop->advance(12ms);
    ASSERT_EQ(hosts->at(address).asked, 1)
        << (reply.ready() ? reply.take().status.to_string() : address);
    hosts->at(address).last().trailers_only("14", "busy");
    loop->run_until_idle();
    loop->advance(50ms);
  }
  ASSERT_TRUE(reply.ready());
  const std::string story = reply.take().status.to_string();
  EXPECT_NE(guide().find("```\n" + story + "\n```"), std::string::npos) << story;
  channel.reset();
  for (auto& [address, peer] : hosts->peers) peer->close_all();
  for (const std::string& address : hosts->addresses) hosts->refuse(address);
  loop->run_until_idle();
}

}  // namespace
}  // namespace cpp_lite::client
