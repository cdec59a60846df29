#include "client/backoff.h"

#include <gtest/gtest.h>

namespace cpp_lite::client {
namespace {

using namespace std::chrono_literals;

Backoff steady(BackoffOptions options = {}) {
  return Backoff(options, [] { return 0.5; });
}

// R53
TEST(Backoff, GrowsByTheMultiplierUpToTheMaximum) {
  Backoff backoff = steady();
  EXPECT_EQ(backoff.next(), 1s);
  EXPECT_EQ(backoff.next(), 1600ms);
  EXPECT_EQ(backoff.next(), 2560ms);
  for (int i = 0; i < 20; ++i) (void)backoff.next();
  EXPECT_EQ(backoff.next(), 120s);
}

TEST(Backoff, IsSpreadByTheJitterBothWays) {
  double random = 0;
  Backoff backoff({}, [&random] { return random; });
  EXPECT_EQ(backoff.next(), 800ms);
  backoff.reset();
  random = 0.999999;
  const auto most = backoff.next();
  EXPECT_GT(most, 1199ms);
  EXPECT_LT(most, 1200ms);
}

TEST(Backoff, JitterIsNotCarriedIntoTheNextDelay) {
  double random = 0;
  Backoff backoff({}, [&random] { return random; });
  (void)backoff.next();
  random = 0.5;
  EXPECT_EQ(backoff.next(), 1600ms);
}

TEST(Backoff, BeginsAgainAfterReset) {
  Backoff backoff = steady();
  (void)backoff.next();
  (void)backoff.next();
  backoff.reset();
  EXPECT_EQ(backoff.next(), 1s);
}

TEST(Backoff, SurvivesAbsurdMultipliers) {
  Backoff backoff = steady({.initial = 1s, .max = 10s, .multiplier = 1e300});
  EXPECT_EQ(backoff.next(), 1s);
  EXPECT_EQ(backoff.next(), 10s);
  EXPECT_EQ(backoff.next(), 10s);
}

TEST(Backoff, RandomSourceStaysBetweenZeroAndOneAndItsCopiesDoNotRepeatIt) {
  const Random random = policy::make_random();
  const Random copy = random;
  for (int i = 0; i < 1000; ++i) {
    const double x = random();
    ASSERT_GE(x, 0);
    ASSERT_LT(x, 1);
    ASSERT_NE(x, copy());
  }
}

}  // namespace
}  // namespace cpp_lite::client
