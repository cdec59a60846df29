// pick_first: calls that are bound to an endpoint. What else it does is in connecting_test.cc.
#include <algorithm>
#include <string>

#include "balancing.h"

namespace cpp_lite::client {
namespace {

class PickFirstTest : public BalancingTest {
 protected:
  PickFirstTest() : BalancingTest(LoadBalancing::pick_first) {}
};

TEST_F(PickFirstTest, SendsAllCallsToTheFirstThatAnswers) {
  hosts->refuse("a");
  wake();
  EXPECT_EQ(picks(3), "bbb");
  EXPECT_EQ(hosts->at("c").connections.size(), 0u);
}

TEST_F(PickFirstTest, GoesBackToWhereACallHasFailed) {
  wake();
  EXPECT_EQ(pick({.avoid = "a"}), "a");
}

TEST_F(PickFirstTest, ACallThatIsBoundToAnotherEndpointStopsOnceThisOneIsReady) {
  wake();
  EXPECT_EQ(pick({.only = "a"}), "a");
  hosts->refuse("a");
  lose("a");
  EXPECT_EQ(balancer().outlook({.only = "a"}), Outlook::wait);
  wake();
  EXPECT_EQ(pick({.only = "a"}), "nowhere");
  EXPECT_EQ(balancer().outlook({.only = "a"}), Outlook::never);
  EXPECT_EQ(balancer().outlook({}), Outlook::wait);
}

TEST_F(PickFirstTest, OrGoesToItIfBothShowedTheSameStore) {
  shows("b", "one");
  hosts->refuse("a");
  wake();
  EXPECT_EQ(pick({.only = "a", .store = "one"}), "b");
}

}  // namespace
}  // namespace cpp_lite::client
