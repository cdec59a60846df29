// What hedges may add to a channel's calls: docs/rules.md, "Hedges".
#include <gtest/gtest.h>

#include "policy/extra_load.h"

namespace cpp_lite::policy {
namespace {

int all_that_it_gives(ExtraLoad& load) {
  int added = 0;
  for (; load.could_add(); ++added) load.add();
  return added;
}

TEST(ExtraLoad, BeginsAsIfAHundredCallsHadBeen) {
  ExtraLoad tenth(0.1);
  EXPECT_EQ(all_that_it_gives(tenth), 10);
  ExtraLoad fiftieth(0.02);
  EXPECT_EQ(all_that_it_gives(fiftieth), 2);
}

TEST(ExtraLoad, GainsItsShareOfEachCall) {
  ExtraLoad load(0.02);
  (void)all_that_it_gives(load);
  for (int i = 0; i < 49; ++i) load.call_began();
  EXPECT_FALSE(load.could_add());
  load.call_began();
  EXPECT_EQ(all_that_it_gives(load), 1);
}

TEST(ExtraLoad, OfNoneAllowsNone) {
  ExtraLoad load(0);
  for (int i = 0; i < 100'000; ++i) load.call_began();
  EXPECT_FALSE(load.could_add());
}

TEST(ExtraLoad, SavesUpForAThousandCallsAtMost) {
  ExtraLoad load(0.1);
  for (int i = 0; i < 100'000; ++i) load.call_began();
  EXPECT_EQ(all_that_it_gives(load), 100);
}

TEST(ExtraLoad, IsNeverExceededWhenEveryCallWouldHedge) {
  ExtraLoad load(0.1);
  int added = 0;
  for (int calls = 1; calls <= 10'000; ++calls) {
    load.call_began();
    added += all_that_it_gives(load);
    EXPECT_LE(added, (100 + calls) / 10);
  }
  EXPECT_EQ(added, 1010);
}

}  // namespace
}  // namespace cpp_lite::policy
