// round_robin: which endpoint a call gets, and what becomes of endpoints.
#include <algorithm>
#include <string>
#include <vector>

#include "balancing.h"

namespace cpp_lite::client {
namespace {

class RoundRobinTest : public BalancingTest {
 protected:
  RoundRobinTest() : BalancingTest(LoadBalancing::round_robin) {}
  std::vector<std::chrono::nanoseconds> pauses() const {
    std::vector<std::chrono::nanoseconds> result;
    for (std::size_t i = 1; i < hosts->resolved_at.size(); ++i) {
      result.push_back(hosts->resolved_at[i] - hosts->resolved_at[i - 1]);
    }
    return result;
  }
};

using Picking = RoundRobinTest;

TEST_F(Picking, BeginsWhenItIsWoken) {
  (void)balancer();
  loop->advance(1h);
  EXPECT_TRUE(hosts->resolved_at.empty());
  EXPECT_EQ(pick(), "nowhere");
  wake();
  EXPECT_EQ(hosts->dialed, (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(Picking, TakesTheEndpointsInTurn) {
  wake();
  std::string order;
  for (int i = 0; i < 6; ++i) order += pick();
  EXPECT_EQ(order.substr(0, 3), order.substr(3));
  EXPECT_EQ(picks(6), "aabbcc");
}

TEST_F(Picking, TakesThoseThatAreReadyAlready) {
  hosts->at("b").speaks = false;
  hosts->refuse("c");
  wake();
  EXPECT_EQ(picks(3), "aaa");
  EXPECT_FALSE(balancer().failing());
}

TEST_F(Picking, AnAddressThatIsListedTwiceIsOneEndpoint) {
  hosts->addresses = {"a", "b", "a"};
  wake();
  EXPECT_EQ(hosts->dialed, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(picks(4), "aabb");
}

TEST_F(Picking, AvoidsWhereTheCallHasFailed) {
  wake();
  EXPECT_EQ(picks(4, {.avoid = "b"}), "aacc");
  const std::vector<std::string> failed = {"a", "b"};
  EXPECT_EQ(picks(2, {.beside = failed, .avoid = "b"}), "cc");
}

TEST_F(Picking, GoesBackToWhereTheCallHasFailedIfNoOtherIsReady) {
  hosts->refuse("a");
  hosts->refuse("c");
  wake();
  EXPECT_EQ(picks(2, {.avoid = "b"}), "bb");
}

TEST_F(Picking, NeverTakesADrainingConnection) {
  wake();
  EXPECT_EQ(picks(3), "abc");
  hosts->refuse("b");
  hosts->at("b").connections[0]->drain();
  turn();
  EXPECT_EQ(picks(4), "aacc");
  hosts->accept("b");
  loop->advance(2s);
  EXPECT_EQ(picks(3), "abc") << "on a connection of its own";
  EXPECT_EQ(hosts->at("b").connections.size(), 2u);
}

TEST_F(Picking, SkipsEndpointsWithoutRoom) {
  for (const char* address : {"a", "b", "c"}) {
    hosts->at(address).options.max_concurrent_streams = address[0] == 'b' ? 3 : 1;
  }
  wake();
  std::vector<std::string> opened;
  for (int i = 0; i < 5; ++i) opened.push_back(open());
  std::sort(opened.begin(), opened.end());
  EXPECT_EQ(opened, (std::vector<std::string>{"a", "b", "b", "b", "c"}));
  EXPECT_EQ(open(), "nowhere");
  EXPECT_EQ(balancer().outlook({}), Outlook::wait);
  EXPECT_EQ(balancer().phase(), "queued");
}

using Bound = RoundRobinTest;

TEST_F(Bound, ACallThatMayHaveBeenExecutedGoesToThatEndpointAlone) {
  wake();
  EXPECT_EQ(picks(3, {.only = "b"}), "bbb");
  EXPECT_EQ(picks(3, {.avoid = "b", .only = "b"}), "bbb");
}

TEST_F(Bound, OrToThoseThatShowedTheSameStore) {
  shows("a", "one");
  shows("b", "one");
  shows("c", "two");
  wake();
  EXPECT_EQ(picks(4, {.only = "b", .store = "one"}), "aabb");
  EXPECT_EQ(picks(2, {.avoid = "b", .only = "b", .store = "one"}), "aa");
  EXPECT_EQ(picks(2, {.only = "c", .store = "two"}), "cc");
}

TEST_F(Bound, AnEndpointThatChangedItsStoreIsAnotherOne) {
  shows("a", "one");
  shows("b", "one");
  wake();
  shows("a", "two");
  EXPECT_EQ(picks(2, {.only = "b", .store = "one"}), "bb");
}

TEST_F(Bound, WaitsWhileItsEndpointConnects) {
  hosts->at("b").speaks = false;
  wake();
  EXPECT_EQ(pick({.only = "b"}), "nowhere");
  EXPECT_EQ(balancer().outlook({.only = "b"}), Outlook::wait);
}

TEST_F(Bound, FailsWithItsEndpointAlthoughOthersAreReady) {
  hosts->refuse("b");
  wake();
  EXPECT_EQ(pick({.only = "b"}), "nowhere");
  EXPECT_EQ(balancer().outlook({.only = "b"}), Outlook::failing);
  EXPECT_EQ(balancer().outlook({}), Outlook::wait);
  EXPECT_EQ(balancer().last_failure().message(), "connection refused: b");
}

TEST_F(Bound, StopsWhenItsEndpointIsGone) {
  wake();
  hosts->addresses = {"a", "c"};
  lose("b");
  loop->advance(30s);
  EXPECT_EQ(balancer().outlook({.only = "b"}), Outlook::never);
  shows("c", "one");
  EXPECT_EQ(balancer().outlook({.only = "b", .store = "one"}), Outlook::wait);
}

using Failing = RoundRobinTest;

TEST_F(Failing, OnlyWhenAllEndpointsHaveFailed) {
  hosts->refuse("a");
  hosts->refuse("b");
  hosts->at("c").speaks = false;
  wake();
  EXPECT_FALSE(balancer().failing());
  EXPECT_EQ(balancer().phase(), "connecting");
  loop->advance(20s);
  EXPECT_TRUE(balancer().failing());
  EXPECT_EQ(balancer().outlook({}), Outlook::failing);
}

TEST_F(Failing, LastsUntilOneIsReady) {
  for (const char* address : {"a", "b", "c"}) hosts->refuse(address);
  wake();
  EXPECT_TRUE(balancer().failing());
  hosts->hold_dialing = true;
  loop->advance(1s);
  EXPECT_TRUE(balancer().failing()) << "while it tries again";
  hosts->hold_dialing = false;
  hosts->accept("b");
  balancer().sleep();
  wake();
  EXPECT_FALSE(balancer().failing());
  EXPECT_EQ(picks(2), "bb");
}

TEST_F(Failing, LastsWhileNewAddressesAreTried) {
  for (const char* address : {"a", "b", "c"}) hosts->refuse(address);
  wake();
  hosts->addresses = {"d"};
  hosts->at("d").speaks = false;
  loop->advance(31s);
  EXPECT_EQ(hosts->at("d").connections.size(), 1u);
  EXPECT_TRUE(balancer().failing());
}

TEST_F(Failing, EndsWhenAnEndpointComesBack) {
  for (const char* address : {"a", "b", "c"}) hosts->refuse(address);
  wake();
  hosts->accept("c");
  const int before = changes;
  loop->advance(1s);
  EXPECT_FALSE(balancer().failing());
  EXPECT_GT(changes, before);
  EXPECT_EQ(pick(), "c");
}

TEST_F(Failing, WhenResolvingFailsWhichIsTriedAgain) {
  hosts->resolving = Status(Code::unavailable, "no such host: nowhere");
  wake();
  EXPECT_TRUE(balancer().failing());
  EXPECT_EQ(balancer().last_failure().phase(), "resolving");
  loop->advance(6s);
  EXPECT_EQ(pauses(), (std::vector<std::chrono::nanoseconds>{1s, 1600ms, 2560ms}));
  hosts->resolving = Status();
  loop->advance(5s);
  EXPECT_EQ(picks(3), "abc");
}

using Resolving = RoundRobinTest;

TEST_F(Resolving, HappensAgainWhenAConnectionIsLost) {
  wake();
  loop->advance(1min);
  EXPECT_EQ(hosts->resolved_at.size(), 1u);
  hosts->addresses = {"b", "c", "d"};
  lose("a");
  EXPECT_EQ(hosts->resolved_at.size(), 2u);
  EXPECT_EQ(picks(3), "bcd");
}

TEST_F(Resolving, ALostConnectionIsMadeAgain) {
  wake();
  EXPECT_EQ(picks(3), "abc");
  lose("a");
  EXPECT_EQ(picks(3), "abc");
  EXPECT_EQ(hosts->at("a").connections.size(), 2u);
}

TEST_F(Resolving, IsNoTightLoopWhileAnEndpointFails) {
  hosts->refuse("a");
  wake();
  loop->advance(1min);
  EXPECT_EQ(pauses(), (std::vector<std::chrono::nanoseconds>{30s, 30s}));
  EXPECT_EQ(picks(2), "bc");
}

TEST_F(Resolving, ThatWasOfNoUseIsRepeatedWhenTheIntervalIsOver) {
  link.min_resolve_interval = 10s;
  wake();
  loop->advance(4s);
  lose("a");
  EXPECT_EQ(hosts->resolved_at.size(), 1u);
  hosts->addresses = {"a", "b", "c", "d"};
  loop->advance(6s);
  EXPECT_EQ(pauses(), (std::vector<std::chrono::nanoseconds>{10s}));
  EXPECT_EQ(picks(4), "abcd");
}

TEST_F(Resolving, KeepsTheEndpointsWhenItFails) {
  wake();
  loop->advance(1min);
  hosts->resolving = Status(Code::unavailable, "no such host");
  hosts->refuse("a");
  lose("a");
  EXPECT_EQ(hosts->resolved_at.size(), 2u);
  EXPECT_EQ(picks(2), "bc");
  EXPECT_FALSE(balancer().failing());
}

TEST_F(Resolving, KeepsTheConnectionsOfAddressesThatStay) {
  wake();
  loop->advance(1min);
  lose("a");
  EXPECT_EQ(hosts->resolved_at.size(), 2u);
  EXPECT_EQ(hosts->at("b").connections.size(), 1u);
}

TEST_F(Resolving, LetsTheCallsOfAnAddressThatIsGoneEnd) {
  wake();
  loop->advance(1min);
  ASSERT_EQ(open({.only = "b"}), "b");
  ASSERT_EQ(open({.only = "c"}), "c");
  hosts->addresses = {"a"};
  lose("c");
  EXPECT_EQ(picks(3), "aaa");
  EXPECT_TRUE(hosts->at("b").lost.empty());
  hosts->at("b").last().answer("done");
  turn();
  loop->advance(10s);
  EXPECT_EQ(hosts->at("b").lost.size(), 1u);
  EXPECT_EQ(hosts->at("b").connections.size(), 1u) << "and nobody connects there again";
}

TEST_F(Resolving, AnAddressThatComesBackIsConnectedAgain) {
  wake();
  loop->advance(1min);
  hosts->addresses = {"a"};
  lose("a");
  loop->advance(1min);
  hosts->addresses = {"a", "b"};
  lose("a");
  loop->advance(1min);
  EXPECT_EQ(picks(2), "ab");
}

TEST_F(Resolving, EndsWithSleepAndBeginsAgainWithWake) {
  wake();
  balancer().sleep();
  turn();
  EXPECT_EQ(pick(), "nowhere");
  loop->advance(1h);
  EXPECT_EQ(hosts->resolved_at.size(), 1u);
  hosts->addresses = {"c", "d"};
  wake();
  EXPECT_EQ(picks(2), "cd");
}

TEST_F(Resolving, ShutDownIsForEver) {
  wake();
  balancer().shut_down();
  turn();
  EXPECT_EQ(pick(), "nowhere");
  EXPECT_TRUE(balancer().is_shut_down());
  wake();
  EXPECT_EQ(hosts->resolved_at.size(), 1u);
  EXPECT_EQ(hosts->at("b").lost.size(), 1u);
}

using Growing = RoundRobinTest;

TEST_F(Growing, OneEndpointAtATimeGetsOneMoreConnection) {
  link.max_connections = 2;
  for (const char* address : {"a", "b", "c"}) hosts->at(address).options.max_concurrent_streams = 1;
  wake();
  for (int i = 0; i < 3; ++i) EXPECT_NE(open(), "nowhere");
  for (int more = 1; more <= 3; ++more) {
    EXPECT_EQ(open(), "nowhere");
    wake();
    EXPECT_EQ(hosts->dialed.size(), 3u + static_cast<std::size_t>(more));
    EXPECT_NE(open(), "nowhere");
  }
  wake();
  EXPECT_EQ(open(), "nowhere");
  for (const char* address : {"a", "b", "c"}) EXPECT_EQ(hosts->at(address).connections.size(), 2u);
}

using Suspected = RoundRobinTest;

TEST_F(Suspected, IsNotPickedIfAnotherIsReady) {
  wake();
  hosts->at("b").pipes[0]->set_to_server({.stall = true});
  balancer().suspect("b");
  turn();
  EXPECT_EQ(picks(4), "aacc");
}

TEST_F(Suspected, IsPickedIfNoOtherIsReady) {
  hosts->addresses = {"b"};
  wake();
  hosts->at("b").pipes[0]->set_to_server({.stall = true});
  balancer().suspect("b");
  turn();
  EXPECT_EQ(pick(), "b");
}

TEST_F(Suspected, IsClearedByTheAnswerToItsPing) {
  wake();
  hosts->at("b").pipes[0]->set_to_server({.stall = true});
  balancer().suspect("b");
  turn();
  hosts->at("b").pipes[0]->set_to_server({});
  turn();
  EXPECT_EQ(picks(3), "abc");
}

}  // namespace
}  // namespace cpp_lite::client
