// least_request: which endpoint a call gets. What it shares with round_robin is in
// round_robin_test.cc.
#include <map>
#include <random>
#include <string>
#include <vector>

#include "balancing.h"

namespace cpp_lite::client {
namespace {

class LeastRequestTest : public BalancingTest {
 protected:
  LeastRequestTest() : BalancingTest(LoadBalancing::least_request) {
    random = [engine = std::mt19937(1)]() mutable {
      return std::generate_canonical<double, 32>(engine);
    };
  }
  // How many of the next calls go where.
  std::map<std::string, int> spread(int count, const Wish& wish = {}) {
    std::map<std::string, int> all;
    for (int i = 0; i < count; ++i) ++all[pick(wish)];
    return all;
  }
};

TEST_F(LeastRequestTest, OfTwoEndpointsCallsTakeTheOneWithFewer) {
  hosts->addresses = {"a", "b"};
  wake();
  std::map<std::string, int> opened;
  for (int i = 0; i < 20; ++i) ++opened[open()];
  EXPECT_EQ(opened["a"], 10);
  EXPECT_EQ(opened["b"], 10);
  for (const auto& stream : hosts->at("b").streams) stream->answer("done");
  turn();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(open(), "b");
}

TEST_F(LeastRequestTest, OfManyTwoAtRandomAreCompared) {
  hosts->addresses = {"a", "b", "c", "d", "e"};
  wake();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(open({.only = "a"}), "a");
  std::map<std::string, int> picked = spread(1000);
  EXPECT_EQ(picked["a"], 0) << "there is always one with fewer";
  for (const char* address : {"b", "c", "d", "e"}) {
    EXPECT_GT(picked[address], 200) << address;
    EXPECT_LT(picked[address], 300) << address;
  }
}

TEST_F(LeastRequestTest, ASlowEndpointGetsFewerCalls) {
  hosts->addresses = {"a", "b", "c", "d"};
  wake();
  std::size_t answered_slowly = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string address = open();
    std::vector<std::shared_ptr<PeerStream>>& slow = hosts->at("a").streams;
    if (address != "a") hosts->at(address).last().answer("done");
    if (i % 20 == 0 && answered_slowly < slow.size()) slow[answered_slowly++]->answer("done");
    turn();
  }
  EXPECT_LT(hosts->at("a").asked, 40) << "with round_robin it would have been 100";
  EXPECT_GT(hosts->at("a").asked, 0);
}

TEST_F(LeastRequestTest, TheOneThatIsReadyIsFoundAmongMany) {
  hosts->addresses = {"a", "b", "c", "d", "e", "f"};
  for (const char* address : {"a", "b", "c", "d", "f"}) hosts->refuse(address);
  wake();
  EXPECT_EQ(spread(50)["e"], 50);
}

TEST_F(LeastRequestTest, AnEndpointThatTheCallHasFailedAtIsTakenIfThereIsNoOther) {
  wake();
  EXPECT_EQ(spread(100, {.avoid = "b"})["b"], 0);
  hosts->refuse("a");
  hosts->refuse("c");
  lose("a");
  lose("c");
  EXPECT_EQ(spread(10, {.avoid = "b"})["b"], 10);
}

TEST_F(LeastRequestTest, ABusyEndpointIsBetterThanOneThatTheCallHasFailedAt) {
  hosts->addresses = {"a", "b"};
  wake();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(open({.only = "a"}), "a");
  EXPECT_EQ(spread(20, {.avoid = "b"})["a"], 20);
}

TEST_F(LeastRequestTest, AnEjectedEndpointGetsNoCallsForAWhile) {
  options.outlier_ejection.emplace();
  wake();
  (void)pick();
  answered("a", policy::Judgement::failure, 60);
  loop->advance(10s);
  EXPECT_EQ(spread(100)["a"], 0);
  loop->advance(40s);
  EXPECT_GT(spread(100)["a"], 0);
}

TEST_F(LeastRequestTest, EndpointsThatComeAndGoAreCountedIn) {
  wake();
  (void)spread(10);
  loop->advance(1min);
  hosts->addresses = {"a"};
  lose("b");
  EXPECT_EQ(spread(10)["a"], 10);
  loop->advance(1min);
  hosts->addresses = {"a", "b", "c", "d", "e"};
  lose("a");
  EXPECT_EQ(spread(200).size(), 5u);
}

}  // namespace
}  // namespace cpp_lite::client
