#include <cpp_lite/layers.h>
#include <cpp_lite/testing.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "many_calls.h"
#include "policy/call_counts.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kBegin{1h};

struct Counted {
  void calls(int accepted, int failed) {
    for (int i = 0; i < accepted + failed; ++i) (void)counts.requested(now);
    for (int i = 0; i < accepted; ++i) counts.accepted(now);
    for (int i = 0; i < failed; ++i) counts.failed(now);
  }
  double chance() { return counts.refusal_probability(now); }

  policy::CallCounts counts{2min, 2};
  SteadyTime now = kBegin;
};

TEST(CallCounts, RefuseNothingWhileHalfIsAccepted) {
  Counted it;
  EXPECT_EQ(it.chance(), 0);
  it.calls(50, 50);
  EXPECT_EQ(it.chance(), 0);
  it.calls(0, 1);
  EXPECT_DOUBLE_EQ(it.chance(), 1.0 / 102);
}

TEST(CallCounts, FollowTheFormula) {
  Counted it;
  it.calls(10, 90);
  EXPECT_DOUBLE_EQ(it.chance(), 80.0 / 101);
  Counted nothing;
  nothing.calls(0, 99);
  EXPECT_DOUBLE_EQ(nothing.chance(), 0.99);
}

// go-zero #5011: a server that hangs must not look healthy until the calls end.
TEST(CallCounts, CountARequestWhenItIsSent) {
  Counted it;
  it.calls(10, 1);
  for (int i = 0; i < 100; ++i) (void)it.counts.requested(it.now);
  EXPECT_DOUBLE_EQ(it.chance(), (111.0 - 20) / 112);
}

TEST(CallCounts, RefuseNothingWhileNothingFails) {
  Counted it;
  for (int i = 0; i < 1'000; ++i) (void)it.counts.requested(it.now);
  EXPECT_EQ(it.chance(), 0);
}

TEST(CallCounts, ForgetWhatIsOlderThanTwoMinutes) {
  Counted it;
  it.calls(0, 100);
  it.now += 115s;
  EXPECT_GT(it.chance(), 0.9);
  it.now += 5s;
  EXPECT_EQ(it.chance(), 0);
  it.calls(0, 10);
  it.now += 10h;
  EXPECT_EQ(it.chance(), 0);
}

TEST(CallCounts, TakeBackARequestUnlessItIsGoneAnyway) {
  Counted it;
  it.calls(0, 1);
  const auto slot = it.counts.requested(it.now);
  it.counts.forget(slot);
  EXPECT_DOUBLE_EQ(it.chance(), 1.0 / 2);
  const auto old_one = it.counts.requested(it.now);
  it.now += 3min;
  it.calls(0, 1);
  it.counts.forget(old_one);
  EXPECT_DOUBLE_EQ(it.chance(), 1.0 / 2);
}

struct Throttled : Layered {
  Throttled() : Throttled(std::make_unique<testing::ManualClock>(), std::make_shared<double>(0)) {}
  Throttled(std::unique_ptr<testing::ManualClock> own, std::shared_ptr<double> die)
      : Layered(adaptive_throttle({.clock = own.get(), .random = [die] { return *die; }})),
        clock(std::move(own)),
        chance(std::move(die)) {}

  std::unique_ptr<testing::ManualClock> clock;
  std::shared_ptr<double> chance;  // the next random number; 0 refuses when anything may be refused
};

TEST(AdaptiveThrottle, RefusesHereAndSaysWhy) {
  Throttled it;
  *it.chance = 0.999;
  it.repeat(100, Code::unavailable);
  EXPECT_EQ(it.calls->begun, 100);
  *it.chance = 0.98;  // below 100 / 101
  const Status status = it.call(Code::ok);
  EXPECT_EQ(it.calls->begun, 100);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.origin(), Origin::local);
  EXPECT_EQ(reason_of(status), "ADAPTIVE_THROTTLE");
  EXPECT_EQ(reason_of(it.stream()->finish().get().status), "ADAPTIVE_THROTTLE");
}

TEST(AdaptiveThrottle, TakesTheApplicationsErrorsForAccepted) {
  Throttled it;
  it.repeat(10, Code::not_found);
  it.repeat(9, Code::unavailable);
  EXPECT_EQ(it.calls->begun, 19);
  EXPECT_TRUE(it.call(Code::ok).ok());
}

TEST(AdaptiveThrottle, CountsNeitherDroppedNorCancelledCalls) {
  Throttled it;
  *it.chance = 0.6;
  it.repeat(1, Code::unavailable);  // 1 / 2 are refused
  for (int i = 0; i < 50; ++i) {
    const auto dropped = it.begin();
  }
  it.repeat(50, Code::cancelled);
  EXPECT_TRUE(it.call(Code::ok).ok());
}

TEST(AdaptiveThrottle, CountsAStreamByItsFirstMessageOrItsEnd) {
  Throttled it;
  for (int i = 0; i < 10; ++i) (void)it.stream(Code::unavailable, true)->read().get();
  for (int i = 0; i < 10; ++i) (void)it.stream(Code::unavailable)->finish().get();
  EXPECT_EQ(it.calls->begun, 20);
  (void)it.stream(Code::unavailable)->finish().get();  // 11 of 21 failed
  EXPECT_EQ(it.calls->begun, 21);
  EXPECT_EQ(reason_of(it.call(Code::ok)), "ADAPTIVE_THROTTLE");
}

// Against a server that takes 20 calls in a second, of 200 that are asked for: what is sent
// settles near twice what is taken.
TEST(AdaptiveThrottle, SendsAboutTwiceWhatTheServerAccepts) {
  std::mt19937 random(1);
  testing::ManualClock clock;
  Layered it(adaptive_throttle(
      {.clock = &clock, .random = [&] { return std::generate_canonical<double, 53>(random); }}));
  int sent_late = 0;
  for (int second = 0; second < 300; ++second, clock.advance(1s)) {
    int taken = 0;
    const int before = it.calls->begun;
    for (int i = 0; i < 200; ++i) {
      const int begun = it.calls->begun;
      (void)it.call(taken < 20 ? Code::ok : Code::unavailable);
      taken += it.calls->begun - begun;
    }
    if (second >= 200) sent_late += it.calls->begun - before;
  }
  EXPECT_GT(sent_late, 3'400);
  EXPECT_LT(sent_late, 4'600);
}

}  // namespace
}  // namespace cpp_lite
