#include "policy/retry_budget.h"

#include <gtest/gtest.h>

#include <random>

#include "decided_call.h"

namespace cpp_lite::policy {
namespace {

int withdraw_all(RetryBudget& budget, SteadyTime now) {
  int count = 0;
  while (budget.could_withdraw(now) && budget.withdraw(now)) ++count;
  EXPECT_FALSE(budget.withdraw(now));
  return count;
}

TEST(RetryBudget, StartsWithTen) {
  RetryBudget budget(kNow);
  EXPECT_EQ(withdraw_all(budget, kNow), 10);
}

TEST(RetryBudget, GainsOneForTenCalls) {
  RetryBudget budget(kNow);
  withdraw_all(budget, kNow);
  for (int i = 0; i < 9; ++i) budget.call_began();
  EXPECT_FALSE(budget.could_withdraw(kNow));
  budget.call_began();
  EXPECT_EQ(withdraw_all(budget, kNow), 1);
}

TEST(RetryBudget, HoldsAHundredAtMost) {
  RetryBudget budget(kNow);
  for (int i = 0; i < 10'000; ++i) budget.call_began();
  EXPECT_EQ(withdraw_all(budget, kNow), 100);
}

TEST(RetryBudget, GainsOneInASecondUpToTen) {
  RetryBudget budget(kNow);
  withdraw_all(budget, kNow);
  EXPECT_EQ(withdraw_all(budget, kNow + 999ms), 0);
  EXPECT_EQ(withdraw_all(budget, kNow + 1s), 1);
  EXPECT_EQ(withdraw_all(budget, kNow + 1h), 10);
}

TEST(RetryBudget, TricklesNothingWhileItHoldsTenOrMore) {
  RetryBudget budget(kNow);
  for (int i = 0; i < 10; ++i) budget.call_began();
  EXPECT_EQ(withdraw_all(budget, kNow + 1h), 11);
  RetryBudget waiting(kNow);
  EXPECT_TRUE(waiting.withdraw(kNow + 1h));  // the hour before counts for nothing
  EXPECT_EQ(withdraw_all(waiting, kNow + 1h), 9);
}

TEST(RetryBudget, LosesNoPartOfAMillisecond) {
  RetryBudget budget(kNow);
  withdraw_all(budget, kNow);
  for (int i = 0; i < 10; ++i) budget.call_began();
  int count = 0;
  SteadyTime now = kNow;
  for (int i = 0; i < 20'000; ++i) {
    now += 500us;
    if (budget.withdraw(now)) ++count;
  }
  EXPECT_EQ(count, 11);  // 1 of the calls, 10 of the ten seconds
}

// C6: for every interleaving, retries <= 10 + 0.1 calls + t
TEST(RetryBudget, NeverExceedsItsClosedForm) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    RetryBudget budget(kNow);
    SteadyTime now = kNow;
    std::int64_t withdrawn = 0, calls = 0;
    const auto pace = std::uniform_int_distribution<int>(0, 1 << (seed % 20))(random);
    for (int step = 0; step < 2'000; ++step) {
      now += std::chrono::microseconds(random() % static_cast<unsigned>(pace + 1));
      if (random() % 3 == 0) {
        budget.call_began();
        ++calls;
      } else if (budget.withdraw(now)) {
        ++withdrawn;
      }
      const std::int64_t most = 10'000'000 + 100'000 * calls + (now - kNow) / 1us;
      ASSERT_LE(withdrawn * 1'000'000, most) << "seed " << seed << " step " << step;
    }
  }
}

// The acceptance 6, on the pure level.
TEST(RetryBudget, AllowsAThousandFailingCallsInASecondAtMost111Retries) {
  const Random random = [] { return 0.5; };
  RetryBudget budget(kNow);
  RetryRules rules = rules_of(Safety::idempotent);
  rules.policy = stated(3, {Code::unavailable});
  int retries = 0;
  for (int i = 0; i < 1'000; ++i) {
    const SteadyTime now = kNow + i * 1ms;
    budget.call_began();
    RetryDecider call(rules, nullptr, budget, random);
    while (!call.decide(lost(), kNever, now).stops()) ++retries;
    EXPECT_LE(call.previous_attempts(), 2);
  }
  EXPECT_LE(retries, 111);
  EXPECT_GE(retries, 100);
}

}  // namespace
}  // namespace cpp_lite::policy
