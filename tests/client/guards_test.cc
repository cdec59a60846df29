// Endpoints in trouble: their circuits, and the ejection of outliers.
#include <string>
#include <vector>

#include "balancing.h"

namespace cpp_lite::client {
namespace {

using policy::Judgement;

class GuardsTest : public BalancingTest {
 protected:
  GuardsTest() : BalancingTest(LoadBalancing::round_robin) {}
};

using Ejection = GuardsTest;

TEST_F(Ejection, IsOffUnlessItIsAskedFor) {
  wake();
  answered("a", Judgement::failure, 1000);
  loop->advance(1min);
  EXPECT_EQ(picks(3), "abc");
  EXPECT_FALSE(guards().active());
}

TEST_F(Ejection, AnEndpointThatFailsFarTooOftenGetsNoCallsForAWhile) {
  options.outlier_ejection.emplace();
  wake();
  EXPECT_EQ(picks(3), "abc");
  answered("a", Judgement::failure, 60);
  answered("b", Judgement::success, 60);
  EXPECT_EQ(picks(3), "abc") << "the interval is not over";
  loop->advance(10s);
  EXPECT_EQ(picks(4), "bbcc");
  loop->advance(29s);
  EXPECT_EQ(picks(4), "bbcc");
  loop->advance(11s);
  EXPECT_EQ(picks(3), "abc");
}

TEST_F(Ejection, AnEjectedEndpointServesWhereNoOtherIsReady) {
  options.outlier_ejection.emplace();
  wake();
  (void)pick();
  answered("a", Judgement::failure, 60);
  loop->advance(10s);
  EXPECT_EQ(picks(2, {.only = "a"}), "aa");
  hosts->refuse("b");
  hosts->refuse("c");
  lose("b");
  lose("c");
  EXPECT_EQ(picks(2), "aa");
}

TEST_F(Ejection, EndsForAQuietChannelToo) {
  options.outlier_ejection.emplace();
  wake();
  (void)pick();
  answered("a", Judgement::failure, 60);
  loop->advance(10s);
  EXPECT_EQ(picks(2), "bc");
  loop->advance(24h);
  EXPECT_EQ(picks(3), "abc");
}

using Circuit = GuardsTest;

TEST_F(Circuit, AnEndpointWithAnOpenCircuitIsNotPicked) {
  options.endpoint_breaker.emplace();
  wake();
  answered("a", Judgement::failure, 10);
  EXPECT_EQ(picks(4), "bbcc");
  EXPECT_EQ(balancer().outlook({}), Outlook::wait);
  EXPECT_EQ(balancer().outlook({.only = "a"}), Outlook::barred);
}

TEST_F(Circuit, CallsFailWhenAllAreOpen) {
  options.endpoint_breaker.emplace();
  wake();
  for (const char* address : {"a", "b", "c"}) answered(address, Judgement::failure, 10);
  EXPECT_EQ(pick(), "nowhere");
  EXPECT_EQ(balancer().outlook({}), Outlook::barred);
}

TEST_F(Circuit, CallsWaitWhileAnotherEndpointConnects) {
  options.endpoint_breaker.emplace();
  hosts->at("c").speaks = false;
  wake();
  for (const char* address : {"a", "b"}) answered(address, Judgement::failure, 10);
  EXPECT_EQ(balancer().outlook({}), Outlook::wait);
}

TEST_F(Circuit, LetsProbesThroughWhenItsTimeIsOver) {
  options.endpoint_breaker.emplace();
  hosts->addresses = {"a"};
  wake();
  answered("a", Judgement::failure, 10);
  loop->advance(6s);
  EXPECT_EQ(pick(), "a");
  answered("a", Judgement::success, 3);
  EXPECT_EQ(picks(4), "aaaa");
}

TEST_F(Circuit, IsForgottenWithItsEndpoint) {
  options.endpoint_breaker.emplace();
  wake();
  loop->advance(1min);
  answered("a", Judgement::failure, 10);
  hosts->addresses = {"b", "c"};
  lose("b");
  EXPECT_FALSE(guards().barred("a"));
}

class OneCircuit : public BalancingTest {
 protected:
  OneCircuit() : BalancingTest(LoadBalancing::pick_first) {}
};

TEST_F(OneCircuit, AChannelWithOneConnectionFailsCallsWhileItIsOpen) {
  options.endpoint_breaker.emplace();
  wake();
  answered("a", Judgement::failure, 10);
  EXPECT_EQ(pick(), "nowhere");
  EXPECT_EQ(balancer().outlook({}), Outlook::barred);
  loop->advance(6s);
  EXPECT_EQ(pick(), "a");
}

}  // namespace
}  // namespace cpp_lite::client
