// A call of which only the ends of its attempts are told, so that a test reads what is decided.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "policy/retry_decider.h"

namespace cpp_lite::policy {

inline constexpr std::array kClasses = {Safety::unsafe, Safety::idempotent, Safety::no_side_effects,
                                        Safety::keyed};

using namespace std::chrono_literals;

inline constexpr SteadyTime kNow{1h};
inline constexpr auto kNever = std::chrono::nanoseconds::max();

// --- How an attempt ends ---

inline AttemptEnd ended(Outcome outcome, Code code = Code::unavailable) {
  AttemptEnd end;
  end.outcome = outcome;
  end.code = code;
  return end;
}
inline AttemptEnd not_sent() { return ended(Outcome::not_sent); }
inline AttemptEnd refused() { return ended(Outcome::refused); }
inline AttemptEnd declared(Code code = Code::unavailable) { return ended(Outcome::declared, code); }
inline AttemptEnd rejected(Code code = Code::unavailable) { return ended(Outcome::rejected, code); }
inline AttemptEnd lost(Code code = Code::unavailable) { return ended(Outcome::lost, code); }
inline AttemptEnd timed_out() {
  AttemptEnd end = lost(Code::deadline_exceeded);
  end.attempt_timed_out = true;
  return end;
}
inline AttemptEnd pick_failed(Code code = Code::unavailable) {
  AttemptEnd end = ended(Outcome::not_sent, code);
  end.pick_failed = true;
  return end;
}
inline AttemptEnd pushing_back(AttemptEnd end, std::string_view value) {
  end.pushback.read(value);
  return end;
}
inline AttemptEnd showing_a_store(AttemptEnd end) {
  end.store_shown = true;
  return end;
}

// --- What holds for a call ---

inline RetryRules rules_of(Safety safety) {
  RetryRules rules;
  rules.safety = safety;
  rules.has_key = safety == Safety::keyed;
  return rules;
}
// A policy as one writes it down.
inline RetryPolicyData stated(int max_attempts, std::initializer_list<Code> codes) {
  RetryPolicyData policy;
  policy.max_attempts = static_cast<std::uint8_t>(max_attempts);
  policy.codes = 0;
  for (const Code code : codes) policy.codes |= 1U << static_cast<unsigned>(code);
  return policy;
}

// Repeats whatever the code.
inline RetryPolicyData all_codes(int attempts = 5) {
  RetryPolicyData policy = stated(attempts, {});
  policy.codes = 0x1ffff;
  return policy;
}
inline RetryRules with_policy(Safety safety, RetryPolicyData policy) {
  RetryRules rules = rules_of(safety);
  rules.policy = policy;
  return rules;
}

// --- The call ---

// "stop: budget", "now: nothing was sent", "50000us: the method is IDEMPOTENT"
inline std::string in_words(const Verdict& verdict) {
  std::string how = "stop";
  if (verdict.action == Verdict::Action::now) how = "now";
  if (verdict.action == Verdict::Action::after) {
    how = std::to_string(verdict.delay / 1us) + "us";
  }
  return how + ": " + std::string(verdict.why);
}

// The random number is 0.5, which leaves a backoff as it is.
class DecidedCall {
 public:
  explicit DecidedCall(const RetryRules& rules, std::shared_ptr<RetryThrottle> throttle = nullptr)
      : decider(rules, std::move(throttle), budget, random) {}
  DecidedCall(const DecidedCall&) = delete;
  DecidedCall& operator=(const DecidedCall&) = delete;

  std::string after(const AttemptEnd& end, std::chrono::nanoseconds remaining = kNever) {
    return in_words(decider.decide(end, remaining, kNow));
  }

  Random random = [] { return 0.5; };
  RetryBudget budget{kNow};
  RetryDecider decider;
};

inline std::string first(const RetryRules& rules, const AttemptEnd& end,
                         std::chrono::nanoseconds remaining = kNever) {
  return DecidedCall(rules).after(end, remaining);
}

}  // namespace cpp_lite::policy
