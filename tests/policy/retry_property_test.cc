// What holds for every history of a call: docs/rules.md C1, C2, C5, C6, with seeds.
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "decided_call.h"

namespace cpp_lite::policy {
namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return below(n) == 0; }
  double fraction() { return std::generate_canonical<double, 53>(engine_); }

 private:
  std::mt19937 engine_;
};

RetryRules any_rules(Dice& dice) {
  RetryRules rules = rules_of(static_cast<Safety>(dice.below(4)));
  rules.has_key = rules.has_key && !dice.one_in(4);
  rules.assume_keyed = dice.one_in(4);
  rules.disabled = dice.one_in(10);
  rules.streams_requests = dice.one_in(6);
  rules.max_attempts = 1 + dice.below(7);
  if (dice.one_in(2)) {
    rules.policy = stated(2 + dice.below(6), {});
    rules.policy.codes = static_cast<std::uint32_t>(dice.below(1 << 17));
  }
  return rules;
}

AttemptEnd any_end(Dice& dice) {
  AttemptEnd end;
  end.outcome = static_cast<Outcome>(dice.below(7));  // all but ok
  end.code = dice.one_in(2) ? Code::unavailable : static_cast<Code>(1 + dice.below(16));
  end.attempt_timed_out = end.outcome == Outcome::lost && dice.one_in(4);
  end.pick_failed = end.outcome == Outcome::not_sent && dice.one_in(2);
  end.store_shown = dice.one_in(2);
  if (dice.one_in(4)) end.pushback.read(dice.one_in(2) ? "-1" : "20");
  return end;
}

bool may_have_run(Outcome outcome) {
  return outcome == Outcome::rejected || outcome == Outcome::lost || outcome == Outcome::committed;
}

struct History {
  std::vector<AttemptEnd> ends;
  std::vector<Verdict> verdicts;
  int counted() const {
    int n = 0;
    for (const Verdict& verdict : verdicts) n += verdict.action == Verdict::Action::after ? 1 : 0;
    return n;
  }
};

History play(RetryDecider& call, Dice& dice) {
  History history;
  do {
    history.ends.push_back(any_end(dice));
    const bool late = dice.one_in(20);
    history.verdicts.push_back(call.decide(history.ends.back(), late ? 0ns : kNever, kNow));
  } while (!history.verdicts.back().stops());
  return history;
}

void expect_c1(const RetryRules& rules, const RetryPolicyData& policy, const History& history) {
  int on_the_wire = 0;
  for (const AttemptEnd& end : history.ends) on_the_wire += end.outcome != Outcome::not_sent;
  const int most = std::min<int>(rules.max_attempts, std::max<int>(1, policy.max_attempts));
  EXPECT_LE(on_the_wire, most + 1);
}

void expect_c2(const RetryRules& rules, const History& history) {
  int maybe_run = 0;
  for (const AttemptEnd& end : history.ends) maybe_run += may_have_run(end.outcome);
  if (rules.safety == Safety::unsafe || (rules.safety == Safety::keyed && !rules.has_key)) {
    EXPECT_LE(maybe_run, 1);
  }
}

void expect_c5(const History& history) {
  for (std::size_t i = 0; i + 1 < history.ends.size(); ++i) {
    EXPECT_NE(history.ends[i].outcome, Outcome::committed);
    EXPECT_NE(history.ends[i].outcome, Outcome::local);
    const bool never = history.ends[i].pushback.kind == Pushback::Kind::never;
    EXPECT_FALSE(never && history.verdicts[i].action == Verdict::Action::after);
  }
}

TEST(RetryProperties, HoldForTwentyThousandRandomCalls) {
  for (unsigned seed = 0; seed < 20'000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    const RetryRules rules = any_rules(dice);
    const Random random = [&] { return dice.fraction(); };
    RetryBudget budget(kNow);
    RetryDecider call(rules, dice.one_in(3) ? std::make_shared<RetryThrottle>(6, 0.5) : nullptr,
                      budget, random);
    const History history = play(call, dice);
    expect_c1(rules, call.policy(), history);
    expect_c2(rules, history);
    expect_c5(history);
    EXPECT_EQ(call.previous_attempts(), history.counted());
    if (!call.may_repeat()) {
      EXPECT_EQ(history.counted(), 0);
    }
    EXPECT_FALSE(history.verdicts.back().why.empty());
  }
}

// C6, through the decider: many calls that interleave share one budget.
TEST(RetryProperties, ABudgetBoundsAllCallsTogether) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    Dice dice(seed);
    const Random random = [&] { return dice.fraction(); };
    RetryBudget budget(kNow);
    std::vector<std::unique_ptr<RetryDecider>> calls;
    SteadyTime now = kNow;
    std::int64_t retries = 0, begun = 0;
    for (int step = 0; step < 1'000; ++step) {
      now += std::chrono::milliseconds(dice.below(20));
      if (calls.empty() || dice.one_in(3)) {
        budget.call_began();
        ++begun;
        calls.push_back(std::make_unique<RetryDecider>(
            with_policy(Safety::idempotent, stated(5, {Code::unavailable})), nullptr, budget,
            random));
      }
      const auto which = static_cast<std::size_t>(dice.below(static_cast<int>(calls.size())));
      const Verdict verdict = calls[which]->decide(lost(), kNever, now);
      retries += verdict.stops() ? 0 : 1;
      if (verdict.stops()) calls.erase(calls.begin() + static_cast<std::ptrdiff_t>(which));
      ASSERT_LE(retries * 1'000, 10'000 + 100 * begun + (now - kNow) / 1ms) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace cpp_lite::policy
