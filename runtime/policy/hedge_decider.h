// When is a call sent once more beside the attempts that are under way, and whose end is the
// call's? gRFC A6's hedging (docs/rules.md R28, R35, R44 to R49) as a pure function of what
// happened so far.
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/method.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "policy/extra_load.h"
#include "policy/retry_budget.h"
#include "policy/retry_decider.h"
#include "policy/retry_throttle.h"

namespace cpp_lite::policy {

// docs/rules.md, "Hedges". A delay of 0 is meant, and stays.
inline constexpr std::chrono::nanoseconds kShortestHedgingDelay = std::chrono::milliseconds(1);

// Whether copies of such a call are safe and of use (docs/rules.md, "Safety"; CL017): two
// executions at a time do no harm, and none waits for the other.
bool may_hedge(const Method& method);
// `stated` cut down to what the channel and the class allow; max_attempts under 2: no hedging.
HedgingPolicyData effective_hedging(HedgingPolicyData stated, Safety safety, int max_attempts);

struct HedgeStep {
  enum class Action : std::uint8_t {
    send,     // another attempt; it has been paid for and must follow
    wait,     // until `until`, or until an attempt ends
    deliver,  // nothing is under way and nothing follows: the call ends as its last attempt did
  };
  Action action = Action::wait;
  SteadyTime until = SteadyTime::max();
  // Why nothing more is sent, for people: "attempts", "budget", ...; empty: something may be.
  std::string_view why = {};
};

struct HedgeVerdict {
  bool ends_call = false;  // with this attempt; false: ask next()
  std::string_view why = {};
};

// One per call; the throttle, the budget and the extra load are its channel's. For one thread.
//
// The delay to the next attempt begins when one is sent, that is, has a stream: as long as there is
// no connection copies would only wait beside it.
class HedgeDecider {
 public:
  // `policy` is effective, with at least 2 attempts.
  HedgeDecider(const HedgingPolicyData& policy, std::shared_ptr<RetryThrottle> throttle,
               RetryBudget& budget, ExtraLoad& load, SteadyTime deadline);

  // What is to be done now: at the beginning, after each `send`, when the time has come, and when
  // an attempt has ended. The first attempt is free.
  HedgeStep next(SteadyTime now);
  // The attempt that was sent last has got its stream.
  void sent(SteadyTime now);
  // An attempt is over. Charges the throttle for a failure; a success is the caller's to tell it.
  HedgeVerdict ended(const AttemptEnd& end, SteadyTime now);
  // From now on nothing more is sent than the first attempt.
  void stop(std::string_view why);

  int attempts() const { return attempts_; }  // so far, ended ones included
  // Nothing more will be sent, whatever happens.
  bool finished() const { return stopped_ || attempts_ >= policy_.max_attempts; }
  // The attempt that is under way is alone, and no other could follow now, so that attempt_timeout
  // does not apply to it (docs/rules.md D15).
  bool last_permitted(SteadyTime now) const;

 private:
  void plan(SteadyTime now, std::chrono::nanoseconds delay);
  void pay(SteadyTime now);
  std::string_view forbidden(SteadyTime now) const;
  std::string_view ends_call(const AttemptEnd& end, SteadyTime now) const;

  const HedgingPolicyData policy_;
  const std::shared_ptr<RetryThrottle> throttle_;  // null: not configured
  RetryBudget& budget_;
  ExtraLoad& load_;
  const SteadyTime deadline_;
  int attempts_ = 0;
  int under_way_ = 0;
  bool stopped_ = false;
  SteadyTime due_ = SteadyTime::min();  // of the next attempt; max(): none is planned
  std::string_view why_ = {};           // none is planned, because
};

}  // namespace cpp_lite::policy
