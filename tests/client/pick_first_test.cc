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
  stores.note("b", "one");
  hosts->refuse("a");
  wake();
  EXPECT_EQ(pick({.only = "a", .store = "one"}), "b");
}

TEST(Stores, RememberWhatEachEndpointShowedLast) {
  Stores stores;
  EXPECT_EQ(stores.of("a"), "");
  stores.note("a", "one");
  stores.note("b", "");
  EXPECT_EQ(stores.of("a"), "one");
  EXPECT_EQ(stores.of("b"), "");
  stores.note("a", "two");
  EXPECT_EQ(stores.of("a"), "two");
}

TEST(Stores, AreBounded) {
  Stores stores;
  for (std::size_t i = 0; i <= Stores::kMost; ++i) stores.note(std::to_string(i), "one");
  std::size_t kept = 0;
  for (std::size_t i = 0; i <= Stores::kMost; ++i)
    kept += stores.of(std::to_string(i)).empty() ? 0 : 1;
  EXPECT_EQ(kept, Stores::kMost);
}

}  // namespace
}  // namespace cpp_lite::client
