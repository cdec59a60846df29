// Hedging, rule by rule: docs/rules.md R28, R35, R44 to R49, D16 and "Hedges".
#include <gtest/gtest.h>

#include "decided_call.h"
#include "policy/hedge_decider.h"

namespace cpp_lite::policy {
namespace {

HedgingPolicyData hedges(int attempts, std::chrono::nanoseconds delay,
                         std::initializer_list<Code> non_fatal = {Code::unavailable}) {
  return {.max_attempts = static_cast<std::uint8_t>(attempts),
          .delay = delay,
          .non_fatal_codes = stated(attempts, non_fatal).codes};
}

AttemptEnd won() { return ended(Outcome::ok, Code::ok); }

// Time is told from the beginning of the call.
class HedgedTalk {
 public:
  explicit HedgedTalk(const HedgingPolicyData& policy, SteadyTime deadline = SteadyTime::max(),
                      std::shared_ptr<RetryThrottle> throttle = nullptr)
      : decider(policy, std::move(throttle), budget, load, deadline) {}

  // "send", "wait", "wait until 50ms", "deliver: attempts"
  std::string next() {
    const HedgeStep step = decider.next(now);
    if (step.action == HedgeStep::Action::send) return "send";
    if (step.action == HedgeStep::Action::deliver) return "deliver: " + std::string(step.why);
    if (step.until == SteadyTime::max()) return "wait";
    return "wait until " + std::to_string((step.until - kNow) / 1ms) + "ms";
  }
  // The next attempt follows and gets its stream.
  std::string send() {
    const std::string step = next();
    if (step == "send") decider.sent(now);
    return step;
  }
  int send_all() {
    int sent = 0;
    while (send() == "send") ++sent;
    return sent;
  }
  // "ends: won", "goes on"
  std::string after(const AttemptEnd& end) {
    const HedgeVerdict verdict = decider.ended(end, now);
    return verdict.ends_call ? "ends: " + std::string(verdict.why) : "goes on";
  }

  SteadyTime now = kNow;
  RetryBudget budget{kNow};
  ExtraLoad load{kMostExtraLoad};
  HedgeDecider decider;
};

TEST(Hedging, R44SendsTheFirstAttemptAtOnceAndOneMoreWithEachDelay) {
  HedgedTalk call(hedges(3, 50ms));
  EXPECT_EQ(call.send(), "send");
  EXPECT_EQ(call.send(), "wait until 50ms");
  call.now = kNow + 49ms;
  EXPECT_EQ(call.send(), "wait until 50ms");
  call.now = kNow + 50ms;
  EXPECT_EQ(call.send(), "send");
  EXPECT_EQ(call.send(), "wait until 100ms");
  call.now = kNow + 100ms;
  EXPECT_EQ(call.send(), "send");
  EXPECT_EQ(call.send(), "wait");
  EXPECT_EQ(call.decider.attempts(), 3);
}

TEST(Hedging, R44SendsAllAtOnceWithoutADelay) {
  EXPECT_EQ(HedgedTalk(hedges(4, 0s)).send_all(), 4);
}

TEST(Hedging, TheDelayBeginsWhenThereIsAStream) {
  HedgedTalk call(hedges(2, 50ms));
  EXPECT_EQ(call.next(), "send");
  call.now = kNow + 10s;
  EXPECT_EQ(call.next(), "wait");
  call.decider.sent(call.now);
  EXPECT_EQ(call.next(), "wait until 10050ms");
}

TEST(Hedging, R45ASuccessEndsTheCall) {
  HedgedTalk call(hedges(3, 0s));
  call.send_all();
  EXPECT_EQ(call.after(won()), "ends: won");
}

TEST(Hedging, R46ANonFatalCodeSendsTheNextAttemptAtOnceAndResumesTheDelay) {
  HedgedTalk call(hedges(4, 50ms));
  call.send();
  call.now = kNow + 20ms;
  EXPECT_EQ(call.after(rejected()), "goes on");
  EXPECT_EQ(call.send(), "send");
  EXPECT_EQ(call.send(), "wait until 70ms");
}

TEST(Hedging, R47AnyOtherCodeEndsTheCall) {
  for (int code = 1; code <= 16; ++code) {
    HedgedTalk call(hedges(3, 0s, {Code::unavailable, Code::aborted}));
    call.send_all();
    const auto failure = static_cast<Code>(code);
    const bool fatal = failure != Code::unavailable && failure != Code::aborted;
    for (const Outcome outcome : {Outcome::rejected, Outcome::lost}) {
      EXPECT_EQ(call.after(ended(outcome, failure)), fatal ? "ends: the code is fatal" : "goes on");
    }
  }
}

TEST(Hedging, R47WhatThisSideEndsAndWhatIsCommittedEndsTheCall) {
  HedgedTalk call(hedges(3, 0s));
  call.send_all();
  EXPECT_EQ(call.after(ended(Outcome::local)), "ends: local");
  EXPECT_EQ(call.after(ended(Outcome::committed)), "ends: committed");
}

TEST(Hedging, R48EndsWithTheLastAttemptWhenAllHaveFailed) {
  HedgedTalk call(hedges(2, 0s));
  call.send_all();
  EXPECT_EQ(call.after(rejected()), "goes on");
  EXPECT_EQ(call.next(), "wait");
  EXPECT_EQ(call.after(rejected()), "goes on");
  EXPECT_EQ(call.next(), "deliver: attempts");
}

TEST(Hedging, R49TheDeadlineEndsTheCallWhateverTheCode) {
  HedgedTalk call(hedges(3, 0s), kNow + 1s);
  call.send_all();
  call.now = kNow + 1s;
  EXPECT_EQ(call.after(lost()), "ends: deadline");
}

TEST(Hedging, NothingIsSentThatTheDeadlineLeavesNoTimeFor) {
  HedgedTalk in_time(hedges(2, 50ms), kNow + 51ms + 1ns);
  in_time.send();
  EXPECT_EQ(in_time.next(), "wait until 50ms");
  HedgedTalk late(hedges(2, 50ms), kNow + 51ms);
  late.send();
  EXPECT_EQ(late.next(), "wait");
  EXPECT_EQ(late.after(rejected()), "goes on") << "but a failure leaves time for another attempt";
  EXPECT_EQ(late.send(), "send");
}

TEST(Hedging, D16APushbackBeyondTheDeadlineEndsTheCallAtOnce) {
  HedgedTalk call(hedges(3, 50ms), kNow + 1s);
  call.send();
  EXPECT_EQ(call.after(pushing_back(rejected(), "999")), "goes on");
  EXPECT_EQ(call.next(), "deliver: deadline");
}

TEST(Hedging, R28ANegativePushbackStopsFurtherAttemptsAndLeavesThoseUnderWay) {
  HedgedTalk call(hedges(4, 50ms));
  call.send();
  call.now = kNow + 50ms;
  call.send();
  EXPECT_EQ(call.after(pushing_back(rejected(), "-1")), "goes on");
  call.now = kNow + 1h;
  EXPECT_EQ(call.next(), "wait");
  EXPECT_EQ(call.after(rejected()), "goes on") << "R46 no more";
  EXPECT_EQ(call.next(), "deliver: pushback");
}

TEST(Hedging, R28APushbackDelaysTheNextAttemptAndThenTheDelayResumes) {
  HedgedTalk call(hedges(4, 50ms));
  call.send();
  EXPECT_EQ(call.after(pushing_back(rejected(), "700")), "goes on");
  EXPECT_EQ(call.next(), "wait until 700ms");
  call.now = kNow + 700ms;
  EXPECT_EQ(call.send(), "send");
  EXPECT_EQ(call.next(), "wait until 750ms");
}

TEST(Hedging, R28APushbackIsKeptWhenAnotherAttemptGetsItsStreamMeanwhile) {
  HedgedTalk call(hedges(4, 50ms));
  call.send();
  call.now = kNow + 50ms;
  EXPECT_EQ(call.next(), "send");
  (void)call.after(pushing_back(rejected(), "700"));
  call.decider.sent(call.now);
  EXPECT_EQ(call.next(), "wait until 750ms");
}

TEST(Hedging, RetryInfoIsWaitedFor) {
  HedgedTalk call(hedges(3, 50ms));
  call.send();
  AttemptEnd end = rejected();
  end.retry_info = 300ms;
  (void)call.after(end);
  EXPECT_EQ(call.next(), "wait until 300ms");
}

TEST(Hedging, R35AThrottledAttemptIsDropped) {
  auto throttle = std::make_shared<RetryThrottle>(2, 0.5);
  HedgedTalk call(hedges(3, 50ms), SteadyTime::max(), throttle);
  call.send();
  throttle->failed();
  call.now = kNow + 50ms;
  EXPECT_EQ(call.send(), "wait");
  throttle->succeeded();
  call.now = kNow + 1h;
  EXPECT_EQ(call.send(), "wait") << "for good";
}

TEST(Hedging, R35AThrottledAttemptFailsTheCallIfNothingElseIsUnderWay) {
  HedgedTalk call(hedges(3, 50ms), SteadyTime::max(), std::make_shared<RetryThrottle>(2, 0.5));
  call.send();
  EXPECT_EQ(call.after(rejected()), "goes on");
  EXPECT_EQ(call.next(), "deliver: throttled");
}

TEST(Hedging, R32ChargesTheThrottleForNonFatalCodesAndForNegativePushback) {
  auto throttle = std::make_shared<RetryThrottle>(10, 0.5);
  HedgedTalk call(hedges(5, 0s), SteadyTime::max(), throttle);
  call.send_all();
  (void)call.after(rejected());
  EXPECT_EQ(throttle->milli_tokens(), 9'000);
  (void)call.after(refused());
  EXPECT_EQ(throttle->milli_tokens(), 9'000);
  (void)call.after(rejected(Code::internal));
  EXPECT_EQ(throttle->milli_tokens(), 9'000);
  (void)call.after(pushing_back(rejected(Code::internal), "-1"));
  EXPECT_EQ(throttle->milli_tokens(), 8'000);
}

TEST(Hedging, AnEmptyBudgetDropsAttempts) {
  HedgedTalk call(hedges(5, 0s));
  for (int i = 0; i < 8; ++i) (void)call.budget.withdraw(kNow);
  EXPECT_EQ(call.send_all(), 3) << "the first one is free";
  EXPECT_EQ(call.next(), "wait");
  for (int i = 0; i < 3; ++i) (void)call.after(rejected());
  EXPECT_EQ(call.next(), "deliver: budget");
}

// docs/rules.md, "Hedges": what all calls of a channel may add.
TEST(Hedging, AddsATenthOfTheCallsInTheLongRun) {
  RetryBudget budget(kNow);
  ExtraLoad load(kMostExtraLoad);
  int sent = 0;
  constexpr int kCalls = 10'000;
  for (int i = 0; i < kCalls; ++i) {
    budget.call_began();
    load.call_began();
    HedgeDecider call(hedges(2, 0s), nullptr, budget, load, SteadyTime::max());
    while (call.next(kNow).action == HedgeStep::Action::send) {
      call.sent(kNow);
      ++sent;
    }
  }
  EXPECT_LE(sent - kCalls, kCalls / 10 + 10);
  EXPECT_GE(sent - kCalls, kCalls / 10);
}

TEST(Hedging, AddsNoMoreThanTheChannelAllows) {
  HedgedTalk call(hedges(5, 0s));
  for (int i = 0; i < 8; ++i) call.load.add();
  EXPECT_EQ(call.send_all(), 3) << "the first one is no hedge";
  for (int i = 0; i < 2; ++i) (void)call.after(rejected());
  EXPECT_TRUE(call.decider.last_permitted(call.now)) << "attempt_timeout does not apply to it";
  (void)call.after(rejected());
  EXPECT_EQ(call.next(), "deliver: max_extra_load");
}

TEST(Hedging, TheFirstAttemptIsSentWhateverForbidsOthers) {
  HedgedTalk call(hedges(3, 0s));
  call.decider.stop("too large");
  EXPECT_EQ(call.send_all(), 1);
  EXPECT_EQ(call.after(rejected()), "goes on");
  EXPECT_EQ(call.next(), "deliver: too large");
}

TEST(Hedging, AnAttemptThatCouldNotBeSentIsDroppedBesideOthers) {
  HedgedTalk call(hedges(3, 0s));
  call.send_all();
  EXPECT_EQ(call.after(not_sent()), "goes on");
  EXPECT_EQ(call.after(rejected()), "goes on");
  EXPECT_EQ(call.after(not_sent()), "goes on");
  EXPECT_EQ(call.next(), "deliver: it could not be sent");
}

// R12: of a channel that is failing.
TEST(Hedging, APickThatFailsHasACodeLikeAnyOther) {
  HedgedTalk goes_on(hedges(3, 1s));
  (void)goes_on.next();
  EXPECT_EQ(goes_on.after(pick_failed()), "goes on");
  EXPECT_EQ(goes_on.next(), "send");
  HedgedTalk ends(hedges(3, 1s, {}));
  (void)ends.next();
  EXPECT_EQ(ends.after(pick_failed()), "ends: the code is fatal");
}

TEST(Hedging, WhatTheServerProvedNotToHaveExecutedIsNeverFatal) {
  HedgedTalk call(hedges(5, 0s, {}));
  call.send_all();
  EXPECT_EQ(call.after(declared()), "goes on");
  EXPECT_EQ(call.after(pushing_back(declared(Code::resource_exhausted), "5")), "goes on");
  EXPECT_EQ(call.after(declared(Code::unauthenticated)), "ends: the code is fatal");
}

TEST(Hedging, AnAttemptTimeoutIsNeverFatal) {
  HedgedTalk call(hedges(3, 0s, {}));
  call.send_all();
  EXPECT_EQ(call.after(timed_out()), "goes on");
}

TEST(Hedging, D15KnowsTheLastAttemptThatCanBeSent) {
  HedgedTalk call(hedges(2, 50ms));
  call.send();
  EXPECT_FALSE(call.decider.last_permitted(kNow));
  call.now = kNow + 50ms;
  call.send();
  EXPECT_FALSE(call.decider.last_permitted(kNow)) << "the other one may answer yet";
  EXPECT_EQ(call.after(timed_out()), "goes on");
  EXPECT_TRUE(call.decider.last_permitted(kNow));
  HedgedTalk hurried(hedges(2, 50ms), kNow + 1s);
  hurried.send();
  EXPECT_FALSE(hurried.decider.last_permitted(kNow + 998ms));
  EXPECT_TRUE(hurried.decider.last_permitted(kNow + 999ms));
  HedgedTalk poor(hedges(2, 50ms));
  poor.send();
  while (poor.budget.withdraw(kNow)) {
  }
  EXPECT_TRUE(poor.decider.last_permitted(kNow));
}

TEST(Hedging, IsForCallsWithoutSideEffectsWhoseRequestIsOneMessage) {
  const auto allowed = [](Safety safety, bool client_streams = false) {
    return may_hedge({.path = "/a/b", .client_streams = client_streams, .safety = safety});
  };
  EXPECT_TRUE(allowed(Safety::no_side_effects));
  EXPECT_TRUE(allowed(Safety::idempotent));
  EXPECT_FALSE(allowed(Safety::keyed));
  EXPECT_FALSE(allowed(Safety::unsafe));
  EXPECT_FALSE(allowed(Safety::idempotent, true));
}

TEST(Hedging, IsCutDownToWhatTheChannelAndTheClassAllow) {
  const auto cut = effective_hedging(hedges(9, 1us, {Code::unavailable, Code::not_found}),
                                     Safety::idempotent, 5);
  EXPECT_EQ(cut.max_attempts, 5);
  EXPECT_EQ(cut.delay, 1ms) << "section 5";
  EXPECT_EQ(cut.non_fatal_codes, 1U << 14);
  EXPECT_EQ(effective_hedging(hedges(2, 0s), Safety::idempotent, 1).max_attempts, 1);
  EXPECT_EQ(effective_hedging(hedges(2, 0s), Safety::idempotent, 5).delay, 0s);
}

}  // namespace
}  // namespace cpp_lite::policy
