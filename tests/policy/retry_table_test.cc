// The decision table of docs/rules.md, row by row, for every class.
#include <gtest/gtest.h>

#include <array>

#include "decided_call.h"

namespace cpp_lite::policy {
namespace {

constexpr std::array kSafe = {Safety::idempotent, Safety::no_side_effects};
constexpr std::array kRetryable = {Code::unavailable, Code::resource_exhausted,
                                   Code::aborted,     Code::internal,
                                   Code::unknown,     Code::deadline_exceeded};
constexpr std::array kNotRetryable = {
    Code::cancelled,         Code::invalid_argument,    Code::not_found,    Code::already_exists,
    Code::permission_denied, Code::failed_precondition, Code::out_of_range, Code::unimplemented,
    Code::data_loss,         Code::unauthenticated};

TEST(RetryTable, Row1StopsWhenTheDeadlineHasPassedEvenWhatWouldBeFree) {
  for (const Safety safety : kClasses) {
    for (const auto& end : {not_sent(), refused(), declared(), rejected(), lost()}) {
      EXPECT_EQ(first(rules_of(safety), end, 0ns), "stop: deadline");
      EXPECT_EQ(first(rules_of(safety), end, -1s), "stop: deadline");
    }
  }
}

// R17, C5
TEST(RetryTable, Row2DeliversWhatIsCommitted) {
  for (const Safety safety : kClasses) {
    EXPECT_EQ(first(with_policy(safety, all_codes()), ended(Outcome::committed)),
              "stop: committed");
    EXPECT_EQ(first(with_policy(safety, all_codes()), ended(Outcome::ok)), "stop: it succeeded");
  }
}

// gRFC A32
TEST(RetryTable, Row3NeverRepeatsWhatThisSideEnded) {
  for (const Safety safety : kClasses) {
    EXPECT_EQ(first(with_policy(safety, all_codes()), ended(Outcome::local)), "stop: local");
  }
}

// R5, R38, R40
TEST(RetryTable, Row4RepeatsWhatWasNotSentAHundredTimesAtOnce) {
  for (const Safety safety : kClasses) {
    DecidedCall call(rules_of(safety), std::make_shared<RetryThrottle>(1, 1));
    for (int i = 0; i < 100; ++i) EXPECT_EQ(call.after(not_sent()), "now: nothing was sent");
    EXPECT_EQ(call.decider.previous_attempts(), 0);
  }
}

TEST(RetryTable, Row4EndsAfterAHundredWhereTheClassKnowsNothing) {
  DecidedCall call(rules_of(Safety::unsafe));
  for (int i = 0; i < 100; ++i) (void)call.after(not_sent());
  EXPECT_EQ(call.after(not_sent()), "stop: the method is UNSAFE");
}

TEST(RetryTable, Row4LeavesTheHundredAndFirstToThePolicy) {
  DecidedCall call(rules_of(Safety::idempotent));
  for (int i = 0; i < 100; ++i) (void)call.after(not_sent());
  EXPECT_EQ(call.after(not_sent()), "50000us: not executed");
}

// R39, R40, R41
TEST(RetryTable, Row5RepeatsARefusedAttemptOnceForFree) {
  for (const Safety safety : kClasses) {
    auto throttle = std::make_shared<RetryThrottle>(10, 1);
    DecidedCall call(rules_of(safety), throttle);
    EXPECT_EQ(call.after(refused()), "now: the server refused it unprocessed");
    EXPECT_EQ(call.decider.previous_attempts(), 0);
    EXPECT_EQ(throttle->milli_tokens(), 10'000);
    EXPECT_NE(call.after(refused()).substr(0, 3), "now");
  }
}

TEST(RetryTable, Row5IsOncePerCallWhateverComesBetween) {
  DecidedCall call(rules_of(Safety::idempotent));
  (void)call.after(refused());
  (void)call.after(lost());
  EXPECT_EQ(call.after(refused()), "100000us: not executed");
}

// R4
TEST(RetryTable, Row6LeavesOnlyTheFreeRepetitionsWhenRetriesAreOff) {
  for (const Safety safety : kClasses) {
    RetryRules rules = with_policy(safety, all_codes());
    rules.disabled = true;
    for (const auto& end : {declared(), rejected(), lost(), pick_failed(), timed_out()}) {
      EXPECT_EQ(first(rules, end), "stop: retries are off");
    }
    EXPECT_EQ(first(rules, not_sent()), "now: nothing was sent");
    DecidedCall call(rules);
    EXPECT_EQ(call.after(refused()), "now: the server refused it unprocessed");
    EXPECT_EQ(call.after(refused()), "stop: retries are off");
  }
}

// Section 5, "Amplification rule".
TEST(RetryTable, Row6HoldsAlsoInsideAServedCallThatIsARepetitionItself) {
  for (const Safety safety : kClasses) {
    RetryRules rules = with_policy(safety, all_codes());
    rules.hint = RetryHint::attempts_1;
    for (const auto& end : {declared(), rejected(), lost(), pick_failed(), timed_out()}) {
      EXPECT_EQ(first(rules, end), "stop: it is part of a repetition");
    }
    EXPECT_EQ(first(rules, not_sent()), "now: nothing was sent");
    EXPECT_EQ(first(rules, refused()), "now: the server refused it unprocessed");
    EXPECT_FALSE(DecidedCall(rules).decider.may_repeat());
    EXPECT_TRUE(DecidedCall(rules).decider.last_permitted(kNow)) << "attempt_timeout is off";
  }
}

TEST(RetryTable, Row6ChargesNoThrottle) {
  RetryRules rules = rules_of(Safety::idempotent);
  rules.disabled = true;
  auto throttle = std::make_shared<RetryThrottle>(10, 1);
  EXPECT_EQ(DecidedCall(rules, throttle).after(pushing_back(lost(), "-1")),
            "stop: retries are off");
  EXPECT_EQ(throttle->milli_tokens(), 10'000);
}

TEST(RetryTable, Row7RepeatsWhatTheServerDeclaredNotExecutedForAnyClass) {
  for (const Safety safety : kClasses) {
    EXPECT_EQ(first(rules_of(safety), declared()), "50000us: not executed");
    EXPECT_EQ(first(rules_of(safety), pushing_back(declared(Code::resource_exhausted), "7")),
              "7000us: not executed");
  }
}

TEST(RetryTable, Row7NeedsATimeToWaitWithResourceExhausted) {
  for (const Safety safety : kClasses) {
    EXPECT_EQ(first(with_policy(safety, all_codes()), declared(Code::resource_exhausted)),
              "stop: the server named no time to wait");
    EXPECT_EQ(first(with_policy(safety, all_codes()),
                    pushing_back(declared(Code::resource_exhausted), "-1")),
              "stop: the server named no time to wait");
  }
}

TEST(RetryTable, Row7StopsForEveryOtherCode) {
  for (const Safety safety : kClasses) {
    for (int code = 1; code <= 16; ++code) {
      if (code == 14 || code == 8) continue;
      EXPECT_EQ(first(with_policy(safety, all_codes()), declared(static_cast<Code>(code))),
                "stop: the code is not retryable");
    }
  }
}

TEST(RetryTable, Row7UsesTheStatedPolicyOfAnUnsafeMethodIfThereIsOne) {
  RetryPolicyData policy = stated(2, {Code::aborted});
  policy.initial_backoff = 20ms;
  DecidedCall call(with_policy(Safety::unsafe, policy));
  EXPECT_EQ(call.after(declared()), "20000us: not executed");
  EXPECT_EQ(call.after(declared()), "stop: attempts");
}

TEST(RetryTable, Row7GivesAKeyedCallWithoutAKeyTheSame) {
  RetryRules rules = rules_of(Safety::keyed);
  rules.has_key = false;
  EXPECT_EQ(first(rules, declared()), "50000us: not executed");
}

// R12, R42
TEST(RetryTable, Row7bRepeatsAFailedPickWhereAPolicyListsUnavailable) {
  for (const Safety safety : kClasses) {
    EXPECT_EQ(first(with_policy(safety, stated(3, {Code::unavailable})), pick_failed()),
              "50000us: not executed");
    EXPECT_EQ(first(with_policy(safety, stated(3, {Code::aborted})), pick_failed()),
              "stop: the policy does not list UNAVAILABLE");
  }
}

// R12, R13
TEST(RetryTable, Row7bIsNotForPicksThatFailWithAnotherCode) {
  for (const Code code : {Code::internal, Code::unauthenticated, Code::resource_exhausted}) {
    for (const Safety safety : {Safety::idempotent, Safety::no_side_effects, Safety::keyed}) {
      EXPECT_EQ(first(rules_of(safety), pick_failed(code)), "stop: the code is not retryable");
    }
    EXPECT_EQ(first(with_policy(Safety::unsafe, all_codes()), pick_failed(code)),
              "stop: the method is UNSAFE");
  }
  const RetryRules listing_it = with_policy(Safety::idempotent, stated(3, {Code::internal}));
  EXPECT_EQ(first(listing_it, pick_failed(Code::internal)), "50000us: not executed");
}

TEST(RetryTable, Row7bKnowsTheBuiltInPolicyOfTheSafeClassesOnly) {
  EXPECT_EQ(first(rules_of(Safety::unsafe), pick_failed()), "stop: no policy");
  EXPECT_EQ(first(rules_of(Safety::idempotent), pick_failed()), "50000us: not executed");
  EXPECT_EQ(first(rules_of(Safety::no_side_effects), pick_failed()), "50000us: not executed");
  EXPECT_EQ(first(rules_of(Safety::keyed), pick_failed()), "50000us: not executed");
}

TEST(RetryTable, Row7bCountsTheSecondRefusal) {
  for (const Safety safety : kClasses) {
    DecidedCall call(with_policy(safety, stated(2, {Code::unavailable})));
    (void)call.after(refused());
    EXPECT_EQ(call.after(refused()), "50000us: not executed");
    EXPECT_EQ(call.decider.previous_attempts(), 1);
    EXPECT_EQ(call.after(refused()), "stop: attempts");
    DecidedCall another(with_policy(safety, stated(2, {Code::aborted})));
    (void)another.after(refused());
    EXPECT_EQ(another.after(refused()), "stop: the policy does not list UNAVAILABLE");
  }
  DecidedCall unsafe(rules_of(Safety::unsafe));
  (void)unsafe.after(refused());
  EXPECT_EQ(unsafe.after(refused()), "stop: no policy");
}

TEST(RetryTable, Row8NeverRepeatsAnUnsafeMethodThatMayHaveRun) {
  for (const Code code : kRetryable) {
    EXPECT_EQ(first(with_policy(Safety::unsafe, all_codes()), rejected(code)),
              "stop: the method is UNSAFE");
    EXPECT_EQ(first(with_policy(Safety::unsafe, all_codes()), lost(code)),
              "stop: the method is UNSAFE");
  }
  EXPECT_EQ(first(with_policy(Safety::unsafe, all_codes()), timed_out()),
            "stop: the method is UNSAFE");
}

TEST(RetryTable, Row8NeedsAKeyInTheCallOfAKeyedMethod) {
  RetryRules rules = rules_of(Safety::keyed);
  rules.has_key = false;
  rules.assume_keyed = true;
  EXPECT_EQ(first(rules, showing_a_store(lost())), "stop: no key");
  EXPECT_EQ(first(rules, showing_a_store(rejected())), "stop: no key");
}

TEST(RetryTable, Row8GivesSafeMethodsTheBuiltInPolicy) {
  for (const Safety safety : kSafe) {
    DecidedCall call(rules_of(safety));
    EXPECT_TRUE(call.after(lost()).starts_with("50000us"));
    EXPECT_TRUE(call.after(lost()).starts_with("100000us"));
    EXPECT_EQ(call.after(lost()), "stop: attempts");
    EXPECT_EQ(first(rules_of(safety), rejected(Code::aborted)), "stop: the code is not retryable");
  }
}

// R11
TEST(RetryTable, Row9RepeatsTheRejectionsThatThePolicyLists) {
  for (const Code code : kRetryable) {
    EXPECT_EQ(first(with_policy(Safety::idempotent, stated(3, {code})), rejected(code)),
              "50000us: the method is IDEMPOTENT");
    EXPECT_EQ(first(with_policy(Safety::no_side_effects, stated(3, {code})), rejected(code)),
              "50000us: the method is NO_SIDE_EFFECTS");
    const Code other = code == Code::aborted ? Code::internal : Code::aborted;
    EXPECT_EQ(first(with_policy(Safety::idempotent, stated(3, {other})), rejected(code)),
              "stop: the code is not retryable");
  }
}

TEST(RetryTable, Row9CutsAWiderPolicyToWhatTheClassAllows) {
  for (const Safety safety : kSafe) {
    for (const Code code : kNotRetryable) {
      EXPECT_EQ(first(with_policy(safety, all_codes()), rejected(code)),
                "stop: the code is not retryable");
      EXPECT_EQ(first(with_policy(safety, all_codes()), lost(code)),
                "stop: the code is not retryable");
    }
  }
  EXPECT_EQ(allowed_codes(Safety::unsafe), 0U);
}

TEST(RetryTable, Row10RepeatsLossesWhoseMappedCodeThePolicyLists) {
  for (const Safety safety : kSafe) {
    const RetryRules rules = with_policy(safety, stated(3, {Code::internal}));
    EXPECT_TRUE(first(rules, lost(Code::internal)).starts_with("50000us"));
    EXPECT_EQ(first(rules, lost(Code::unavailable)), "stop: the code is not retryable");
  }
}

TEST(RetryTable, Row10RepeatsATimedOutAttemptWhateverThePolicyLists) {
  for (const Safety safety : kSafe) {
    EXPECT_TRUE(
        first(with_policy(safety, stated(3, {Code::aborted})), timed_out()).starts_with("50000us"));
    EXPECT_EQ(first(with_policy(safety, stated(3, {Code::aborted})), lost(Code::deadline_exceeded)),
              "stop: the code is not retryable");
  }
}

// docs/rules.md, "Several endpoints"
TEST(RetryTable, Row10RepeatsKeyedCallsOnlyWhereTheKeyIsHonoured) {
  for (const auto& end : {lost(), rejected(), timed_out()}) {
    EXPECT_EQ(first(rules_of(Safety::keyed), end), "stop: no store was shown");
    EXPECT_EQ(first(rules_of(Safety::keyed), showing_a_store(end)), "50000us: the same key");
    RetryRules assuming = rules_of(Safety::keyed);
    assuming.assume_keyed = true;
    EXPECT_EQ(first(assuming, end), "50000us: the same key");
  }
}

}  // namespace
}  // namespace cpp_lite::policy
