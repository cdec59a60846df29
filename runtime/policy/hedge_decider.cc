#include "policy/hedge_decider.h"

#include <algorithm>
#include <utility>

namespace cpp_lite::policy {
namespace {

using std::chrono::nanoseconds;

// As in the retry engine's row 7: an attempt that the server proved not to have executed, and that
// may be sent again, never speaks for the others.
bool may_follow_proof(const AttemptEnd& end) {
  if (end.outcome != Outcome::declared) return false;
  return end.code == Code::unavailable ||
         (end.code == Code::resource_exhausted && end.pushback.kind == Pushback::Kind::wait);
}

}  // namespace

bool may_hedge(const Method& method) {
  const bool safe = method.safety == Safety::no_side_effects || method.safety == Safety::idempotent;
  return safe && !method.client_streams;
}

HedgingPolicyData effective_hedging(HedgingPolicyData stated, Safety safety, int max_attempts) {
  stated.max_attempts = static_cast<std::uint8_t>(
      std::min<int>(stated.max_attempts, std::clamp(max_attempts, 0, 255)));
  stated.non_fatal_codes &= allowed_codes(safety);
  if (stated.delay > nanoseconds(0)) stated.delay = std::max(stated.delay, kShortestHedgingDelay);
  return stated;
}

HedgeDecider::HedgeDecider(const HedgingPolicyData& policy, std::shared_ptr<RetryThrottle> throttle,
                           RetryBudget& budget, ExtraLoad& load, SteadyTime deadline)
    : policy_(policy),
      throttle_(std::move(throttle)),
      budget_(budget),
      load_(load),
      deadline_(deadline) {}

HedgeStep HedgeDecider::next(SteadyTime now) {
  using Action = HedgeStep::Action;
  if (due_ <= now) {
    const std::string_view why = attempts_ > 0 ? forbidden(now) : "";
    if (why.empty()) {
      if (attempts_++ > 0) pay(now);
      ++under_way_;
      due_ = SteadyTime::max();
      return {.action = Action::send};
    }
    stop(why);  // R34, R35: dropped, never queued
  }
  if (due_ == SteadyTime::max() && under_way_ == 0) return {.action = Action::deliver, .why = why_};
  return {.action = Action::wait, .until = due_, .why = why_};
}

void HedgeDecider::sent(SteadyTime now) {
  if (due_ == SteadyTime::max()) plan(now, policy_.delay);  // else a server asked for patience
}

// Nothing is planned that the deadline would not leave time for (docs/rules.md D16).
void HedgeDecider::plan(SteadyTime now, nanoseconds delay) {
  if (stopped_) return;
  if (attempts_ >= policy_.max_attempts) return stop("attempts");
  const bool in_time = delay < deadline_ - now - kShortestAttempt;
  due_ = in_time ? now + delay : SteadyTime::max();
  why_ = in_time ? "" : "deadline";
}

void HedgeDecider::stop(std::string_view why) {
  stopped_ = true;
  if (attempts_ > 0) due_ = SteadyTime::max();
  why_ = why;
}

void HedgeDecider::pay(SteadyTime now) {
  budget_.withdraw(now);
  load_.add();
}

std::string_view HedgeDecider::forbidden(SteadyTime now) const {
  if (throttle_ != nullptr && throttle_->throttled()) return "throttled";
  if (!load_.could_add()) return "max_extra_load";
  return budget_.could_withdraw(now) ? "" : "budget";
}

HedgeVerdict HedgeDecider::ended(const AttemptEnd& end, SteadyTime now) {
  --under_way_;
  const std::string_view why = ends_call(end, now);
  if (throttle_ != nullptr && is_charged(end, why.empty())) throttle_->failed();
  if (!why.empty()) return {.ends_call = true, .why = why};
  if (end.pushback.kind == Pushback::Kind::never) {
    stop("pushback");
  } else if (end.outcome == Outcome::not_sent && !end.pick_failed) {
    stop("it could not be sent");
  } else if (end.pushback.kind == Pushback::Kind::wait) {
    plan(now, end.pushback.delay);
  } else {
    plan(now, end.retry_info.value_or(nanoseconds(0)));
  }
  return {.why = why_};
}

// Empty: the attempt failed, and that need not be the end.
std::string_view HedgeDecider::ends_call(const AttemptEnd& end, SteadyTime now) const {
  if (end.outcome == Outcome::ok) return "won";
  if (deadline_ <= now) return "deadline";
  if (end.outcome == Outcome::committed) return "committed";
  if (end.outcome == Outcome::local) return "local";
  if (end.outcome == Outcome::not_sent && !end.pick_failed) return "";
  if (may_follow_proof(end) || (end.outcome == Outcome::lost && end.attempt_timed_out)) return "";
  return lists(policy_.non_fatal_codes, end.code) ? "" : "the code is fatal";  // R46, R47
}

bool HedgeDecider::last_permitted(SteadyTime now) const {
  if (under_way_ > 1) return false;
  if (finished() || !forbidden(now).empty()) return true;
  if (deadline_ - now <= kShortestAttempt) return true;
  return throttle_ != nullptr && throttle_->next_failure_throttles();
}

}  // namespace cpp_lite::policy
