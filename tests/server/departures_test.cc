#include "server/departures.h"

#include <gtest/gtest.h>

namespace cpp_lite::server {
namespace {

TEST(Departures, OfManyAreWorthATrim) {
  Departures departures;
  for (int i = 1; i < 100; ++i) EXPECT_FALSE(departures.left(0, 0)) << i;
  EXPECT_TRUE(departures.left(0, 0));
  EXPECT_FALSE(departures.left(0, 0));
}

TEST(Departures, OfManyAreNotWhileMoreAreStillThere) {
  Departures departures;
  for (int i = 1; i < 1'000; ++i) EXPECT_FALSE(departures.left(1'000, 0)) << i;
  EXPECT_TRUE(departures.left(1'000, 0));
}

TEST(Departures, OfOneThatHeldMuchAre) {
  Departures departures;
  departures.hold(8 << 20);
  departures.hold(0);
  EXPECT_TRUE(departures.left(0, 0));
  EXPECT_FALSE(departures.left(0, 0));
}

TEST(Departures, AreNotWhileOthersHoldAsMuch) {
  Departures departures;
  departures.hold(20 << 20);
  EXPECT_FALSE(departures.left(1, 11 << 20));
  EXPECT_TRUE(departures.left(1, 10 << 20));
  EXPECT_FALSE(departures.left(1, 10 << 20));
  EXPECT_TRUE(departures.left(0, 0));
}

TEST(Departures, OfSomeWhoHeldLittleAreNot) {
  Departures departures;
  departures.hold((8 << 20) - 1);
  EXPECT_FALSE(departures.left(0, 0));
}

}  // namespace
}  // namespace cpp_lite::server
