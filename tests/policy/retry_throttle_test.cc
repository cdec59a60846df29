#include "policy/retry_throttle.h"

#include <gtest/gtest.h>

#include <vector>

#include "decided_call.h"

namespace cpp_lite::policy {
namespace {

// R31
TEST(RetryThrottle, StartsFullAndClosesAtHalf) {
  RetryThrottle throttle(4, 0.5);
  EXPECT_EQ(throttle.milli_tokens(), 4'000);
  throttle.failed();
  EXPECT_FALSE(throttle.throttled());
  throttle.failed();
  EXPECT_TRUE(throttle.throttled());
  throttle.succeeded();
  EXPECT_FALSE(throttle.throttled());
  EXPECT_EQ(throttle.milli_tokens(), 2'500);
}

TEST(RetryThrottle, StaysBetweenNothingAndItsMost) {
  RetryThrottle throttle(2, 5);
  throttle.succeeded();
  EXPECT_EQ(throttle.milli_tokens(), 2'000);
  for (int i = 0; i < 5; ++i) throttle.failed();
  EXPECT_EQ(throttle.milli_tokens(), 0);
}

// R36
TEST(RetryThrottle, CutsDecimalsBeyondThree) {
  EXPECT_EQ(RetryThrottle(1.0019, 1).milli_tokens(), 1'001);
  EXPECT_EQ(RetryThrottle(1.001, 1).milli_tokens(), 1'001);
  EXPECT_EQ(RetryThrottle(0.57, 1).milli_tokens(), 570);
  RetryThrottle throttle(10, 0.1239);
  throttle.failed();
  throttle.succeeded();
  EXPECT_EQ(throttle.milli_tokens(), 9'123);
}

TEST(RetryThrottle, KnowsWhetherOneMoreFailureClosesIt) {
  RetryThrottle throttle(4, 1);
  EXPECT_FALSE(throttle.next_failure_throttles());
  throttle.failed();
  EXPECT_TRUE(throttle.next_failure_throttles());
}

// --- The worked example of docs/rules.md: maxTokens 10, tokenRatio 0.5, maxAttempts 4 ---

struct Played {
  std::vector<std::int64_t> tokens;  // after each answer
  bool ok = false;
  std::size_t attempts = 0;
};

// One call against a server that answers 'F' (UNAVAILABLE) or 'O' (OK).
Played play(std::string_view answers, const std::shared_ptr<RetryThrottle>& throttle) {
  DecidedCall call(with_policy(Safety::idempotent, stated(4, {Code::unavailable})), throttle);
  Played played;
  for (const char answer : answers) {
    ++played.attempts;
    played.ok = answer == 'O';
    const bool over = played.ok || call.decider.decide(rejected(), kNever, kNow).stops();
    if (played.ok) throttle->succeeded();
    played.tokens.push_back(throttle->milli_tokens());
    if (over) break;
  }
  return played;
}

struct TracedCall {
  std::string_view answers;
  std::vector<std::int64_t> tokens;
  bool ok;
  std::size_t attempts;
};

TEST(RetryThrottle, FollowsTheWorkedTraceCallByCall) {
  const auto throttle = std::make_shared<RetryThrottle>(10, 0.5);
  const std::vector<TracedCall> trace = {
      {"O", {10'000}, true, 1},
      {"FFO", {9'000, 8'000, 8'500}, true, 3},
      {"FFO", {7'500, 6'500, 7'000}, true, 3},
      {"FFO", {6'000, 5'000}, false, 2},
      {"FO", {4'000}, false, 1},
      {"O", {4'500}, true, 1},
      {"O", {5'000}, true, 1},
      {"O", {5'500}, true, 1},
      {"O", {6'000}, true, 1},
      {"O", {6'500}, true, 1},
      {"FO", {5'500, 6'000}, true, 2},
      {"FO", {5'000}, false, 1},
  };
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const Played played = play(trace[i].answers, throttle);
    EXPECT_EQ(played.tokens, trace[i].tokens) << "call " << i + 1;
    EXPECT_EQ(played.ok, trace[i].ok) << "call " << i + 1;
    EXPECT_EQ(played.attempts, trace[i].attempts) << "call " << i + 1;
  }
}

// R37
TEST(RetryThrottle, StaysTheOneThatACallBeganWith) {
  auto old_one = std::make_shared<RetryThrottle>(10, 1);
  DecidedCall call(rules_of(Safety::idempotent), old_one);
  const auto new_one = std::make_shared<RetryThrottle>(10, 1);
  (void)call.after(lost());
  EXPECT_EQ(old_one->milli_tokens(), 9'000);
  EXPECT_EQ(new_one->milli_tokens(), 10'000);
}

}  // namespace
}  // namespace cpp_lite::policy
