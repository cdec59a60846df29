#include "base/deadline_rules.h"

#include <gtest/gtest.h>

#include <chrono>

namespace cpp_lite::base {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr SteadyTime kNow{1h};
constexpr SteadyTime kNever = SteadyTime::max();
constexpr nanoseconds kDefault{-1};

// What a handler with `left` to go keeps of it for its own answer.
nanoseconds kept_of(nanoseconds left, nanoseconds margin = kDefault) {
  return kNow + left - child_deadline(kNever, kNow + left, kNow, margin);
}

TEST(ChildDeadline, LeavesTheHandlerFivePercentWithinOneAndFiftyMilliseconds) {
  EXPECT_EQ(kept_of(10s), 50ms);
  EXPECT_EQ(kept_of(1s), 50ms);
  EXPECT_EQ(kept_of(900ms), 45ms);
  EXPECT_EQ(kept_of(200ms), 10ms);
  EXPECT_EQ(kept_of(20ms), 1ms);
  EXPECT_EQ(kept_of(5ms), 1ms);
}

TEST(ChildDeadline, IsTheCallersWhenThatIsEarlier) {
  EXPECT_EQ(child_deadline(kNow + 100ms, kNow + 200ms, kNow, kDefault), kNow + 100ms);
  EXPECT_EQ(child_deadline(kNow + 195ms, kNow + 200ms, kNow, kDefault), kNow + 190ms);
}

TEST(ChildDeadline, IsTheCallersWhenTheParentHasNone) {
  EXPECT_EQ(child_deadline(kNow + 1s, kNever, kNow, kDefault), kNow + 1s);
  EXPECT_EQ(child_deadline(kNever, kNever, kNow, kDefault), kNever);
}

TEST(ChildDeadline, TakesAMarginFromZeroToASecond) {
  EXPECT_EQ(kept_of(10s, 0ns), 0ns);
  EXPECT_EQ(kept_of(10s, 300ms), 300ms);
  EXPECT_EQ(kept_of(10s, 1h), 1s);
}

TEST(ChildDeadline, OfAParentThatIsOverIsOverToo) {
  EXPECT_LT(child_deadline(kNever, kNow - 1s, kNow, kDefault), kNow);
  EXPECT_LE(child_deadline(kNever, SteadyTime::min(), kNow, kDefault), kNow);
}

TEST(ChildDeadline, DoesNotOverflowAtTheEndsOfTime) {
  const SteadyTime late = kNever - 1ns;
  EXPECT_EQ(child_deadline(kNever, late, kNow, kDefault), late - 50ms);
  EXPECT_EQ(child_deadline(kNever, late, SteadyTime(-1h), kDefault), late - 50ms);
}

TEST(IsUseful, MeansAtLeastAMillisecond) {
  EXPECT_TRUE(is_useful(kNever, kNow));
  EXPECT_TRUE(is_useful(kNow + 1ms, kNow));
  EXPECT_FALSE(is_useful(kNow + 1ms - 1ns, kNow));
  EXPECT_FALSE(is_useful(kNow - 1s, kNow));
}

TEST(OwnDeadline, IsCappedByTheMethod) {
  constexpr Method kCapped{.path = "/a/B", .max_timeout = 5s};
  EXPECT_EQ(own_deadline(1s, kCapped, kNow), kNow + 1s);
  EXPECT_EQ(own_deadline(10s, kCapped, kNow), kNow + 5s);
  EXPECT_EQ(own_deadline(Deadline::never(), kCapped, kNow), kNow + 5s);
  EXPECT_EQ(own_deadline(kNow + 1h, kCapped, kNow), kNow + 5s);
}

TEST(OwnDeadline, ThatHasPassedIsNow) {
  constexpr Method kFree{.path = "/a/B"};
  EXPECT_EQ(own_deadline(-1s, kFree, kNow), kNow);
  EXPECT_EQ(own_deadline(SteadyTime::min(), kFree, kNow), kNow);
}

TEST(OwnDeadline, IsWhatTheCallerSaysWhenTheMethodHasNoCap) {
  constexpr Method kFree{.path = "/a/B"};
  constexpr Method kUnboundedOnPurpose{.path = "/a/B", .max_timeout = kUnbounded};
  EXPECT_EQ(own_deadline(10h, kFree, kNow), kNow + 10h);
  EXPECT_EQ(own_deadline(Deadline::never(), kUnboundedOnPurpose, kNow), kNever);
}

}  // namespace
}  // namespace cpp_lite::base
