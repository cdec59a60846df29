// How long a repetition waits: docs/rules.md R7 to R9, R24, C7.
#include <gtest/gtest.h>

#include <random>

#include "decided_call.h"

namespace cpp_lite::policy {
namespace {

RetryPolicyData five_attempts() { return stated(5, {Code::unavailable}); }

TEST(RetryDelay, DoublesUpToTheLongestBackoff) {
  RetryPolicyData policy = five_attempts();
  policy.initial_backoff = 100ms;
  policy.max_backoff = 350ms;
  DecidedCall call(with_policy(Safety::idempotent, policy));
  for (const auto* expected : {"100000us", "200000us", "350000us", "350000us"}) {
    EXPECT_TRUE(call.after(lost()).starts_with(expected)) << expected;
  }
}

// R9, R24
TEST(RetryDelay, TakesAPushbackExactlyAndStartsTheBackoffAnew) {
  DecidedCall call(with_policy(Safety::idempotent, five_attempts()));
  EXPECT_TRUE(call.after(lost()).starts_with("50000us"));
  EXPECT_TRUE(call.after(lost()).starts_with("100000us"));
  EXPECT_TRUE(call.after(pushing_back(rejected(), "123")).starts_with("123000us"));
  EXPECT_TRUE(call.after(lost()).starts_with("50000us"));
}

TEST(RetryDelay, TakesAPushbackOfZeroAsNow) {
  EXPECT_EQ(first(rules_of(Safety::idempotent), pushing_back(rejected(), "0")),
            "0us: the method is IDEMPOTENT");
}

TEST(RetryDelay, WaitsAtLeastAsLongAsRetryInfoSays) {
  AttemptEnd end = rejected();
  end.retry_info = 80ms;
  DecidedCall call(with_policy(Safety::idempotent, five_attempts()));
  EXPECT_TRUE(call.after(end).starts_with("80000us"));   // instead of 50 ms
  EXPECT_TRUE(call.after(end).starts_with("100000us"));  // is longer already
  end.retry_info = -5s;
  EXPECT_TRUE(call.after(end).starts_with("200000us"));
}

TEST(RetryDelay, PrefersAPushbackToRetryInfo) {
  AttemptEnd end = pushing_back(rejected(), "5");
  end.retry_info = 80ms;
  EXPECT_TRUE(first(rules_of(Safety::idempotent), end).starts_with("5000us"));
}

TEST(RetryDelay, DoesNotGrowByWhatIsFree) {
  DecidedCall call(with_policy(Safety::idempotent, five_attempts()));
  (void)call.after(not_sent());
  (void)call.after(refused());
  EXPECT_TRUE(call.after(lost()).starts_with("50000us"));
}

// R8: 20 % over max_backoff, and no more.
TEST(RetryDelay, SpreadsByTwentyPercentToBothSides) {
  for (const auto& [random, expected] :
       {std::pair{0.0, 40'000}, {0.25, 45'000}, {1.0 - 1e-16, 59'999}}) {
    DecidedCall call(rules_of(Safety::idempotent));
    call.random = [random = random] { return random; };
    EXPECT_EQ(call.decider.decide(lost(), kNever, kNow).delay / 1us, expected);
  }
}

// C7
TEST(RetryDelay, StaysWithinItsBoundsForEveryPolicy) {
  std::mt19937_64 random(7);
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  for (int round = 0; round < 20'000; ++round) {
    RetryPolicyData policy = five_attempts();
    policy.initial_backoff =
        std::chrono::nanoseconds(1 + below(1 + (std::int64_t{1} << below(62))));
    policy.max_backoff = std::chrono::nanoseconds(1 + below(1 + (std::int64_t{1} << below(62))));
    policy.backoff_multiplier = static_cast<double>(1 + below(400)) / 100;
    DecidedCall call(with_policy(Safety::idempotent, policy));
    call.random = [&] { return std::generate_canonical<double, 53>(random); };
    long double base = static_cast<long double>(policy.initial_backoff.count());
    for (int n = 0; n < 4; ++n, base *= static_cast<long double>(policy.backoff_multiplier)) {
      const auto most = static_cast<long double>(policy.max_backoff.count());
      const long double ideal = std::min(base, most);
      const auto delay =
          static_cast<long double>(call.decider.decide(lost(), kNever, kNow).delay.count());
      EXPECT_GE(delay, (ideal * (1 - 1e-12L) - 1) * 0.8L) << round;
      EXPECT_LT(delay, ideal * (1 + 1e-12L) * 1.2L) << round;
    }
  }
}

TEST(RetryDelay, SurvivesABackoffWithoutEnd) {
  RetryPolicyData policy = five_attempts();
  policy.initial_backoff = policy.max_backoff = std::chrono::nanoseconds::max();
  EXPECT_EQ(first(with_policy(Safety::idempotent, policy), lost(), 1h), "stop: deadline");
}

}  // namespace
}  // namespace cpp_lite::policy
