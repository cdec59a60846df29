#include <cpp_lite/layers.h>
#include <cpp_lite/testing.h>
#include <gtest/gtest.h>

#include "base/fake_call.h"
#include "policy/rate_limiter.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;
using policy::RateLimiter;

constexpr SteadyTime kStart{1h};

TEST(RateLimiter, GivesABurstAndThenOneByOne) {
  RateLimiter limiter({.per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(limiter.take("alice", "/a", kStart), 0ns);
  EXPECT_EQ(limiter.take("alice", "/a", kStart), 100ms);
  EXPECT_EQ(limiter.take("alice", "/a", kStart + 40ms), 60ms);
  EXPECT_EQ(limiter.take("alice", "/a", kStart + 100ms), 0ns);
  EXPECT_EQ(limiter.take("alice", "/a", kStart + 100ms), 100ms);
}

TEST(RateLimiter, FillsUpToTheBurstAndNoFurther) {
  RateLimiter limiter({.per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) (void)limiter.take("alice", "/a", kStart);
  int taken = 0;
  while (limiter.take("alice", "/a", kStart + 1h) == 0ns) ++taken;
  EXPECT_EQ(taken, 3);
}

TEST(RateLimiter, KeepsCallersAndMethodsApart) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  EXPECT_EQ(limiter.take("alice", "/a", kStart), 0ns);
  EXPECT_EQ(limiter.take("alice", "/b", kStart), 0ns);
  EXPECT_EQ(limiter.take("bob", "/a", kStart), 0ns);
  EXPECT_EQ(limiter.take("", "/a", kStart), 0ns);
  EXPECT_EQ(limiter.take("alice/a", "", kStart), 0ns);
  EXPECT_NE(limiter.take("bob", "/a", kStart), 0ns);
}

TEST(RateLimiter, KeepsLongNamesApart) {
  RateLimiter limiter({.per_second = 1, .burst = 1});
  const std::string name(1'000, 'a');
  EXPECT_EQ(limiter.take(name + "b", "/a", kStart), 0ns);
  EXPECT_EQ(limiter.take(name + "c", "/a", kStart), 0ns);
  EXPECT_NE(limiter.take(name + "b", "/a", kStart), 0ns);
}

TEST(RateLimiter, RemembersSoManyBucketsAtMost) {
  RateLimiter limiter({.per_second = 1, .burst = 1, .max_buckets = 10});
  (void)limiter.take("first", "/a", kStart);
  for (int i = 0; i < 1'000; ++i) {
    (void)limiter.take(std::to_string(i), "/a", kStart);
    (void)limiter.take("first", "/a", kStart);
    EXPECT_LE(limiter.buckets(), 10U);
  }
  EXPECT_NE(limiter.take("first", "/a", kStart), 0ns);  // never quiet for longest
  EXPECT_EQ(limiter.take("0", "/a", kStart), 0ns);      // forgotten
}

TEST(RateLimiter, ForgetsBucketsThatAreFull) {
  RateLimiter limiter({.per_second = 10, .burst = 1});
  for (int i = 0; i < 1'000; ++i) (void)limiter.take(std::to_string(i), "/a", kStart + i * 1s);
  EXPECT_LE(limiter.buckets(), 2U);
}

TEST(RateLimiter, SurvivesOptionsThatMakeNoSense) {
  for (const double rate : {0.0, -1.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    for (const int burst : {-1, 0, std::numeric_limits<int>::max()}) {
      RateLimiter limiter({.per_second = rate, .burst = burst, .max_buckets = 0});
      EXPECT_EQ(limiter.take("alice", "/a", kStart), 0ns);
      EXPECT_LE(limiter.take("alice", "/a", kStart), 1h);
    }
  }
}

struct Limited {
  Status call(std::string principal = "") {
    FakeServedCall served;
    served.set_principal(std::move(principal));
    Status status = layer(served, kUnaryMethod, Next(served, 1)).get();
    handled += served.handled;
    return status;
  }

  testing::ManualClock clock;
  ServerLayer layer = rate_limit({.per_second = 4, .burst = 2, .clock = &clock});
  int handled = 0;
};

TEST(RateLimit, RefusesWithTheTimeToTheNextToken) {
  Limited it;
  EXPECT_TRUE(it.call("alice").ok());
  EXPECT_TRUE(it.call("alice").ok());
  it.clock.advance(100us);
  const Status status = it.call("alice");
  EXPECT_EQ(it.handled, 2);
  EXPECT_EQ(status.code(), Code::resource_exhausted);
  EXPECT_TRUE(status.is_not_executed());
  EXPECT_EQ(status.pushback(), 250ms);  // 249.9, rounded up: then there is one
  EXPECT_EQ(status.phase(), "");        // so the server takes it for its own word
  it.clock.advance(250ms);
  EXPECT_TRUE(it.call("alice").ok());
}

TEST(RateLimit, LetsOthersThrough) {
  Limited it;
  for (int i = 0; i < 5; ++i) (void)it.call("alice");
  EXPECT_TRUE(it.call("bob").ok());
  EXPECT_TRUE(it.call().ok());
  EXPECT_EQ(it.handled, 4);
}

TEST(RateLimit, PassesTheHandlersStatusOn) {
  Limited it;
  FakeServedCall served;
  served.handler = Status(Code::not_found, "no");
  EXPECT_EQ(it.layer(served, kUnaryMethod, Next(served, 1)).get().code(), Code::not_found);
}

}  // namespace
}  // namespace cpp_lite
