#include "policy/retry_decider.h"

#include <algorithm>
#include <utility>

namespace cpp_lite::policy {
namespace {

using std::chrono::nanoseconds;

constexpr int kMostTransparent = 100;  // row 4

constexpr std::uint32_t bit(Code code) { return 1U << static_cast<unsigned>(code); }

constexpr std::uint32_t kSafeCodes = bit(Code::unavailable) | bit(Code::resource_exhausted) |
                                     bit(Code::aborted) | bit(Code::internal) | bit(Code::unknown) |
                                     bit(Code::deadline_exceeded);

// The configured codes, those that the class does not allow included: 7b asks for plain gRFC A6.
std::uint32_t stated_codes(const RetryRules& rules) {
  if (rules.policy.max_attempts > 0) return rules.policy.codes;
  return rules.safety == Safety::unsafe ? 0 : built_in_policy().codes;
}

// What is sent in a stream is repeated only if both the class and the policy were written down
// (docs/rules.md, "Streamed requests").
bool has_policy(const RetryRules& rules) {
  const bool explicitly = rules.safety != Safety::unsafe && rules.policy.max_attempts > 0;
  return !rules.streams_requests || explicitly;
}

RetryPolicyData effective(const RetryRules& rules) {
  RetryPolicyData policy = rules.policy.max_attempts > 0 ? rules.policy : built_in_policy();
  const int most = std::clamp(rules.max_attempts, 1, 255);
  policy.max_attempts =
      has_policy(rules) ? static_cast<std::uint8_t>(std::min<int>(policy.max_attempts, most)) : 0;
  policy.codes &= allowed_codes(rules.safety);
  return policy;
}

// Before the jitter: min(initial * multiplier^done, max).
nanoseconds backoff(const RetryPolicyData& policy, int done) {
  constexpr auto kLongest = nanoseconds::max() / 2;  // so that the jitter does not overflow
  const nanoseconds most = std::clamp(policy.max_backoff, nanoseconds(0), kLongest);
  double grown = static_cast<double>(policy.initial_backoff.count());
  for (int i = 0; i < done; ++i) grown *= policy.backoff_multiplier;  // pow() brings 12 kB of libm
  if (!(grown < static_cast<double>(most.count()))) return most;
  return nanoseconds(static_cast<std::int64_t>(grown));
}

bool proven_not_executed(Outcome outcome) {
  return outcome == Outcome::not_sent || outcome == Outcome::refused ||
         outcome == Outcome::declared;
}

// The end of an attempt that rows 7 and 7b judge: the proof counts, not the code. Of failed picks
// that is UNAVAILABLE alone (R12); another code, which may be INTERNAL by R13, counts as such.
bool is_proof_enough(const AttemptEnd& end) {
  if (end.outcome == Outcome::not_sent) return end.pick_failed && end.code == Code::unavailable;
  return proven_not_executed(end.outcome);
}

std::string_view in_words(Safety safety) {
  switch (safety) {
    case Safety::idempotent:
      return "the method is IDEMPOTENT";
    case Safety::no_side_effects:
      return "the method is NO_SIDE_EFFECTS";
    case Safety::keyed:
      return "the same key";
    case Safety::unsafe:
      break;
  }
  return "the method is UNSAFE";
}

Verdict stop(std::string_view why) { return {Verdict::Action::stop, {}, why}; }

}  // namespace

RetryPolicyData built_in_policy() {
  RetryPolicyData policy;
  policy.max_attempts = 3;
  return policy;
}

std::uint32_t allowed_codes(Safety safety) { return safety == Safety::unsafe ? 0 : kSafeCodes; }

bool is_charged(const AttemptEnd& end, bool repeatable) {
  const bool reached = end.outcome != Outcome::not_sent && end.outcome != Outcome::refused;
  return end.pushback.kind == Pushback::Kind::never || (repeatable && reached);
}

RetryDecider::RetryDecider(const RetryRules& rules, std::shared_ptr<RetryThrottle> throttle,
                           RetryBudget& budget, const Random& random)
    : rules_(rules),
      policy_(effective(rules)),
      may_repeat_(!rules.disabled && rules.hint == RetryHint::none && policy_.max_attempts > 1),
      throttle_(std::move(throttle)),
      budget_(budget),
      random_(random) {}

// Reads like the table: the numbers are its rows.
Verdict RetryDecider::decide(const AttemptEnd& end, nanoseconds remaining, SteadyTime now) {
  if (const auto why = over(end, remaining); !why.empty()) return stop(why);  // 1 to 3
  if (repeats_free(end)) {                                                    // 4, 5
    return {
        Verdict::Action::now,
        {},
        end.outcome == Outcome::refused ? "the server refused it unprocessed" : "nothing was sent"};
  }
  if (rules_.disabled) return stop("retries are off");  // 6
  if (rules_.hint == RetryHint::attempts_1) return stop("it is part of a repetition");
  const std::string_view ineligible = not_eligible(end);
  if (throttle_ != nullptr && is_charged(end, ineligible.empty())) throttle_->failed();
  if (!ineligible.empty()) return stop(ineligible);                        // 7 to 10
  if (const auto why = used_up(end, now); !why.empty()) return stop(why);  // 11 to 14
  const nanoseconds delay = next_delay(end);
  if (delay >= remaining - kShortestAttempt) return stop("deadline");  // 15
  budget_.withdraw(now);
  ++counted_;
  backoffs_ = end.pushback.kind == Pushback::Kind::wait ? 0 : backoffs_ + 1;
  return {Verdict::Action::after, delay,
          proven_not_executed(end.outcome) ? "not executed" : in_words(rules_.safety)};
}

std::string_view RetryDecider::over(const AttemptEnd& end, nanoseconds remaining) const {
  if (end.outcome == Outcome::ok) return "it succeeded";
  if (end.outcome == Outcome::committed) return "committed";
  if (end.outcome == Outcome::local) return "local";
  return remaining <= nanoseconds(0) ? "deadline" : "";
}

bool RetryDecider::repeats_free(const AttemptEnd& end) {
  if (end.outcome == Outcome::not_sent && !end.pick_failed) {
    if (transparent_ >= kMostTransparent) return false;
    ++transparent_;
    return true;
  }
  return end.outcome == Outcome::refused && !std::exchange(refused_once_, true);
}

// Rows 7 to 10; empty: the attempt may be repeated if there is something left to do it with.
std::string_view RetryDecider::not_eligible(const AttemptEnd& end) const {
  if (policy_.max_attempts == 0) {
    return rules_.safety == Safety::unsafe ? in_words(rules_.safety) : "no policy";
  }
  return is_proof_enough(end) ? not_eligible_proven(end) : not_eligible_unproven(end);
}

std::string_view RetryDecider::not_eligible_proven(const AttemptEnd& end) const {
  if (end.outcome != Outcome::declared) {  // 7b
    if (lists(stated_codes(rules_), Code::unavailable)) return "";
    return rules_.policy.max_attempts > 0 ? "the policy does not list UNAVAILABLE" : "no policy";
  }
  const bool waits = end.pushback.kind == Pushback::Kind::wait;
  if (end.code == Code::resource_exhausted && !waits) return "the server named no time to wait";
  const bool fits = end.code == Code::unavailable || end.code == Code::resource_exhausted;
  return fits ? "" : "the code is not retryable";
}

std::string_view RetryDecider::not_eligible_unproven(const AttemptEnd& end) const {
  if (rules_.safety == Safety::unsafe) return "the method is UNSAFE";  // 8
  if (rules_.safety == Safety::keyed && !rules_.has_key) return "no key";
  const bool may_have_executed = end.outcome != Outcome::not_sent;
  if (may_have_executed && !executed_may_repeat(end.store_shown)) return "no store was shown";
  const bool timed_out = end.outcome == Outcome::lost && end.attempt_timed_out;
  return timed_out || lists(policy_.codes, end.code) ? "" : "the code is not retryable";
}

// docs/rules.md, "Several endpoints": only where the key is known to be honoured.
bool RetryDecider::executed_may_repeat(bool store_shown) const {
  if (rules_.safety == Safety::unsafe) return false;
  return rules_.safety != Safety::keyed || (rules_.has_key && (store_shown || rules_.assume_keyed));
}

// Rows 11 to 14. The throttle has been charged before it is asked (R33).
std::string_view RetryDecider::used_up(const AttemptEnd& end, SteadyTime now) const {
  if (end.pushback.kind == Pushback::Kind::never) return "pushback";
  if (throttle_ != nullptr && throttle_->throttled()) return "throttled";
  if (counted_ >= policy_.max_attempts) return "attempts";
  return budget_.could_withdraw(now) ? "" : "budget";
}

nanoseconds RetryDecider::next_delay(const AttemptEnd& end) const {
  if (end.pushback.kind == Pushback::Kind::wait) return end.pushback.delay;
  const nanoseconds wait = jittered(backoff(policy_, backoffs_), random_());
  return std::max(wait, end.retry_info.value_or(nanoseconds(0)));
}

bool RetryDecider::last_permitted(SteadyTime now, bool store_shown, nanoseconds remaining) const {
  if (!may_repeat_ || !executed_may_repeat(store_shown)) return true;
  const nanoseconds longest_wait = jittered(backoff(policy_, backoffs_), 1);
  if (longest_wait >= remaining - kShortestAttempt) return true;
  if (counted_ >= policy_.max_attempts || !budget_.could_withdraw(now)) return true;
  return throttle_ != nullptr && throttle_->next_failure_throttles();
}

}  // namespace cpp_lite::policy
