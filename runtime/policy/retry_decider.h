// May this attempt be repeated? The decision table of docs/rules.md, as a pure function of what
// happened to the call so far.
#pragma once

#include <cpp_lite/attempt.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/deadline.h>
#include <cpp_lite/method.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "policy/pushback.h"
#include "policy/random.h"
#include "policy/retry_budget.h"
#include "policy/retry_throttle.h"

namespace cpp_lite::policy {

// What holds for one call from its beginning to its end.
struct RetryRules {
  Safety safety = Safety::unsafe;
  bool has_key = false;              // of keyed methods: this call carries one
  bool assume_keyed = false;         // ConnectOptions::assume_keyed
  bool disabled = false;             // ConnectOptions::retries is off, or the method says no_retry
  RetryHint hint = RetryHint::none;  // of the served call that it is part of
  bool streams_requests = false;
  // What .proto and service config come to, for this class; max_attempts 0: nothing was said, and
  // the built-in policy counts where the class allows one. `codes` may be wider than the class
  // allows: then they are cut here.
  RetryPolicyData policy;
  int max_attempts = 5;  // ConnectOptions::max_attempts
};

// The built-in policy: 3 attempts, 50 ms doubling up to 1 s, UNAVAILABLE.
RetryPolicyData built_in_policy();
// The codes that a method of this class may be repeated for, bit n for code n (docs/rules.md,
// "Safety").
std::uint32_t allowed_codes(Safety safety);

// How an attempt ended.
struct AttemptEnd {
  Outcome outcome = Outcome::local;
  Code code = Code::unavailable;
  bool attempt_timed_out = false;  // LOST because attempt_timeout passed
  bool pick_failed = false;        // NOT_SENT because the channel is failing: never row 4
  bool store_shown = false;        // its endpoint has shown a cpp-lite-store id
  Pushback pushback;
  std::optional<std::chrono::nanoseconds> retry_info;  // google.rpc.RetryInfo: at least this long
};

// What retries and hedges have in common.
inline constexpr std::chrono::nanoseconds kShortestAttempt = std::chrono::milliseconds(1);
inline bool lists(std::uint32_t codes, Code code) {
  return (codes & (1U << static_cast<unsigned>(code))) != 0;
}
// Such a failure takes a token of the throttle (R32): what could be repeated does, and a "do not
// retry" of any code. Streams and connections that never reached the application do not.
bool is_charged(const AttemptEnd& end, bool repeatable);

struct Verdict {
  enum class Action : std::uint8_t {
    stop,
    now,    // free: no attempt, throttle token or budget is charged
    after,  // `delay`
  };
  Action action = Action::stop;
  std::chrono::nanoseconds delay{};
  // For people: "the server refused it unprocessed", "the method is UNSAFE", "budget", ...
  std::string_view why;

  bool stops() const { return action == Action::stop; }
};

// One per call; the throttle and the budget are its channel's. For one thread.
class RetryDecider {
 public:
  RetryDecider(const RetryRules& rules, std::shared_ptr<RetryThrottle> throttle,
               RetryBudget& budget, const Random& random);

  // An attempt failed. `remaining` is what is left of the deadline, max() without one. A verdict
  // other than stop has charged throttle and budget; the attempt that it allows must follow.
  Verdict decide(const AttemptEnd& end, std::chrono::nanoseconds remaining, SteadyTime now);

  // For grpc-previous-rpc-attempts: how many repetitions were not free.
  int previous_attempts() const { return counted_ - 1; }
  // The attempt that is under way is the last that could be sent, so that attempt_timeout does not
  // apply to it (docs/rules.md D15): others are not allowed, or `remaining`, what is left of the
  // deadline now, would not surely do for the wait before one. `store_shown` as in AttemptEnd, of
  // its endpoint.
  bool last_permitted(SteadyTime now, bool store_shown = false,
                      std::chrono::nanoseconds remaining = kUnbounded) const;
  // Whether any repetition other than the free ones is thinkable: else nothing needs to be kept
  // longer than for those.
  bool may_repeat() const { return may_repeat_; }
  // The policy that counts, for reading.
  const RetryPolicyData& policy() const { return policy_; }

 private:
  std::string_view over(const AttemptEnd& end, std::chrono::nanoseconds remaining) const;
  bool repeats_free(const AttemptEnd& end);
  std::string_view not_eligible(const AttemptEnd& end) const;
  std::string_view not_eligible_proven(const AttemptEnd& end) const;
  std::string_view not_eligible_unproven(const AttemptEnd& end) const;
  bool executed_may_repeat(bool store_shown) const;
  std::string_view used_up(const AttemptEnd& end, SteadyTime now) const;
  std::chrono::nanoseconds next_delay(const AttemptEnd& end) const;

  RetryRules rules_;
  RetryPolicyData policy_;  // effective; max_attempts 0: none
  bool may_repeat_;
  std::shared_ptr<RetryThrottle> throttle_;  // null: not configured
  RetryBudget& budget_;
  const Random& random_;
  int counted_ = 1;      // attempts that count, the one under way included
  int backoffs_ = 0;     // since the last pushback (R9)
  int transparent_ = 0;  // NOT_SENT repetitions
  bool refused_once_ = false;
};

}  // namespace cpp_lite::policy
