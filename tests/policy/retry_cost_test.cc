// The decision table of docs/rules.md from row 11 on: what a repetition costs, and what it is not
// worth.
#include <gtest/gtest.h>

#include <tuple>

#include "decided_call.h"

namespace cpp_lite::policy {
namespace {

// R25, R26, R32
TEST(RetryCost, Row11StopsAtADoNotRetryAndChargesTheThrottleForEveryCode) {
  using Case = std::tuple<Safety, AttemptEnd, std::string>;
  for (const auto& [safety, end, verdict] :
       {Case{Safety::idempotent, rejected(), "stop: pushback"},
        Case{Safety::idempotent, declared(), "stop: pushback"},
        Case{Safety::idempotent, rejected(Code::not_found), "stop: the code is not retryable"},
        Case{Safety::unsafe, rejected(), "stop: the method is UNSAFE"},
        Case{Safety::unsafe, declared(), "stop: pushback"},
        Case{Safety::unsafe, declared(Code::aborted), "stop: the code is not retryable"},
        Case{Safety::keyed, rejected(), "stop: no store was shown"}}) {
    for (const auto* value : {"-1", "nonsense", "01"}) {
      auto throttle = std::make_shared<RetryThrottle>(10, 1);
      DecidedCall call(rules_of(safety), throttle);
      EXPECT_EQ(call.after(pushing_back(end, value)), verdict);
      EXPECT_EQ(throttle->milli_tokens(), 9'000);
    }
  }
}

// R24: pushback >= 0 does not make a code retryable.
TEST(RetryCost, Row11DoesNotRepeatAnotherCodeBecauseTheServerNamedATime) {
  EXPECT_EQ(first(rules_of(Safety::idempotent), pushing_back(rejected(Code::not_found), "5")),
            "stop: the code is not retryable");
  EXPECT_EQ(first(rules_of(Safety::unsafe), pushing_back(rejected(), "5")),
            "stop: the method is UNSAFE");
}

// R32, R33, R34
TEST(RetryCost, Row12ChargesTheThrottleAndThenAsksIt) {
  auto throttle = std::make_shared<RetryThrottle>(4, 1);
  DecidedCall call(with_policy(Safety::idempotent, all_codes()), throttle);
  EXPECT_EQ(call.after(lost()), "50000us: the method is IDEMPOTENT");  // 3 of 4 are left
  EXPECT_EQ(call.after(lost()), "stop: throttled");                    // 2 <= 4 / 2
  EXPECT_EQ(throttle->milli_tokens(), 2'000);
}

TEST(RetryCost, Row12ChargesATimeoutOfAnAttempt) {
  auto throttle = std::make_shared<RetryThrottle>(10, 1);
  EXPECT_EQ(DecidedCall(rules_of(Safety::idempotent), throttle).after(timed_out()),
            "50000us: the method is IDEMPOTENT");
  EXPECT_EQ(throttle->milli_tokens(), 9'000);
}

// R40
TEST(RetryCost, Row12ChargesNothingForWhatNeverReachedTheApplicationButAsks) {
  auto throttle = std::make_shared<RetryThrottle>(4, 1);
  DecidedCall call(with_policy(Safety::unsafe, all_codes()), throttle);
  EXPECT_EQ(call.after(pick_failed()), "50000us: not executed");
  (void)call.after(refused());
  EXPECT_EQ(call.after(refused()), "100000us: not executed");
  EXPECT_EQ(throttle->milli_tokens(), 4'000);
  throttle->failed();
  throttle->failed();
  EXPECT_EQ(call.after(pick_failed()), "stop: throttled");
}

TEST(RetryCost, Row12ChargesNothingForAnotherCode) {
  auto throttle = std::make_shared<RetryThrottle>(10, 1);
  (void)DecidedCall(rules_of(Safety::idempotent), throttle).after(rejected(Code::not_found));
  (void)DecidedCall(rules_of(Safety::unsafe), throttle).after(rejected());
  (void)DecidedCall(rules_of(Safety::idempotent), throttle).after(ended(Outcome::committed));
  (void)DecidedCall(rules_of(Safety::idempotent), throttle).after(ended(Outcome::local));
  EXPECT_EQ(throttle->milli_tokens(), 10'000);
}

// R5, R6, R27
TEST(RetryCost, Row13CountsTheFirstAttemptAndPushbacks) {
  DecidedCall call(with_policy(Safety::idempotent, stated(2, {Code::unavailable})));
  EXPECT_EQ(call.after(pushing_back(rejected(), "1")), "1000us: the method is IDEMPOTENT");
  EXPECT_EQ(call.after(pushing_back(rejected(), "1")), "stop: attempts");
}

TEST(RetryCost, Row13TakesMoreThanTheCapAsTheCap) {
  RetryRules rules = with_policy(Safety::idempotent, stated(100, {Code::unavailable}));
  EXPECT_EQ(DecidedCall(rules).decider.policy().max_attempts, 5);
  rules.max_attempts = 7;
  EXPECT_EQ(DecidedCall(rules).decider.policy().max_attempts, 7);
  rules.max_attempts = 1;
  EXPECT_EQ(first(rules, lost()), "stop: attempts");
}

TEST(RetryCost, Row14StopsWhenTheBudgetIsUsedUp) {
  DecidedCall call(rules_of(Safety::idempotent));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(call.budget.withdraw(kNow));
  EXPECT_EQ(call.after(lost()), "stop: budget");
  EXPECT_EQ(call.after(not_sent()), "now: nothing was sent");
  EXPECT_EQ(call.after(refused()), "now: the server refused it unprocessed");
}

// D16
TEST(RetryCost, Row15StopsWhenNothingUsefulOfTheDeadlineWouldBeLeft) {
  const RetryRules rules = rules_of(Safety::idempotent);
  EXPECT_EQ(first(rules, lost(), 51ms), "stop: deadline");
  EXPECT_EQ(first(rules, lost(), 51ms + 1ns), "50000us: the method is IDEMPOTENT");
  EXPECT_EQ(first(rules, pushing_back(rejected(), "30"), 31ms), "stop: deadline");
  EXPECT_EQ(first(rules, pushing_back(rejected(), "30"), 32ms),
            "30000us: the method is IDEMPOTENT");
}

TEST(RetryCost, Row15LeavesTheBudgetAsItWas) {
  DecidedCall call(rules_of(Safety::idempotent));
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(call.budget.withdraw(kNow));
  EXPECT_EQ(call.after(lost(), 10ms), "stop: deadline");
  EXPECT_TRUE(call.budget.withdraw(kNow));
}

// R29
TEST(RetryCost, Row16CountsWhatThePeerIsToldAsPreviousAttempts) {
  DecidedCall call(rules_of(Safety::idempotent));
  EXPECT_EQ(call.decider.previous_attempts(), 0);
  (void)call.after(not_sent());
  (void)call.after(refused());
  EXPECT_EQ(call.decider.previous_attempts(), 0);
  (void)call.after(lost());
  EXPECT_EQ(call.decider.previous_attempts(), 1);
  (void)call.after(declared());
  EXPECT_EQ(call.decider.previous_attempts(), 2);
}

// docs/rules.md, "Streamed requests"
TEST(RetryCost, StreamsOfRequestsNeedAClassAndAPolicyThatWereWrittenDown) {
  for (const Safety safety : kClasses) {
    RetryRules rules = rules_of(safety);
    rules.streams_requests = true;
    EXPECT_EQ(first(rules, lost()).substr(0, 4), "stop");
    EXPECT_EQ(first(rules, declared()).substr(0, 4), "stop");
    EXPECT_EQ(first(rules, pick_failed()).substr(0, 4), "stop");
    EXPECT_EQ(first(rules, not_sent()), "now: nothing was sent");
    EXPECT_EQ(first(rules, refused()), "now: the server refused it unprocessed");
    EXPECT_FALSE(DecidedCall(rules).decider.may_repeat());
    rules.policy = stated(3, {Code::unavailable});
    EXPECT_EQ(DecidedCall(rules).decider.may_repeat(), safety != Safety::unsafe);
  }
  RetryRules rules = with_policy(Safety::idempotent, stated(3, {Code::unavailable}));
  rules.streams_requests = true;
  EXPECT_EQ(first(rules, lost()), "50000us: the method is IDEMPOTENT");
}

TEST(RetryCost, SaysWhetherAnythingButTheFreeRepetitionsIsThinkable) {
  for (const Safety safety : kClasses) {
    RetryRules rules = rules_of(safety);
    EXPECT_TRUE(DecidedCall(rules).decider.may_repeat());
    rules.disabled = true;
    EXPECT_FALSE(DecidedCall(rules).decider.may_repeat());
  }
}

// D15
TEST(RetryCost, KnowsTheLastPermittedAttempt) {
  DecidedCall call(rules_of(Safety::idempotent));
  EXPECT_FALSE(call.decider.last_permitted(kNow));
  (void)call.after(lost());
  EXPECT_FALSE(call.decider.last_permitted(kNow));
  (void)call.after(lost());
  EXPECT_TRUE(call.decider.last_permitted(kNow));
}

TEST(RetryCost, CallsAnAttemptTheLastWhenNothingIsLeftToRepeatItWith) {
  DecidedCall poor(rules_of(Safety::idempotent));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(poor.budget.withdraw(kNow));
  EXPECT_TRUE(poor.decider.last_permitted(kNow));
  EXPECT_FALSE(poor.decider.last_permitted(kNow + 1s));
  const DecidedCall throttled(rules_of(Safety::idempotent), std::make_shared<RetryThrottle>(2, 1));
  EXPECT_TRUE(throttled.decider.last_permitted(kNow));
  EXPECT_TRUE(DecidedCall(rules_of(Safety::unsafe)).decider.last_permitted(kNow));
  const DecidedCall keyed(rules_of(Safety::keyed));
  EXPECT_TRUE(keyed.decider.last_permitted(kNow));
  EXPECT_FALSE(keyed.decider.last_permitted(kNow, true));
}

TEST(RetryCost, CallsAnAttemptTheLastWhenTheNextWaitMightOutlastTheDeadline) {
  const DecidedCall call(rules_of(Safety::idempotent));  // waits 40 to 60 ms
  EXPECT_FALSE(call.decider.last_permitted(kNow, false, 61ms));
  EXPECT_TRUE(call.decider.last_permitted(kNow, false, 60ms));
}

}  // namespace
}  // namespace cpp_lite::policy
