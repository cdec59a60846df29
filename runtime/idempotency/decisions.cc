#include "idempotency/decisions.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace cpp_lite::idempotency {
namespace {

constexpr Milliseconds kGrace{5000};  // of a lease beyond max_execution

Milliseconds longest_run(const KeyPolicy& policy) {
  return std::chrono::ceil<Milliseconds>(policy.max_execution) + kGrace;
}

}  // namespace

Effects kept_effects(const KeyPolicy& policy, const Capabilities& can) {
  const bool kept = policy.effects != Effects::transactional || can.transactional;
  return kept ? policy.effects : Effects::external;
}

Milliseconds rerun_until(const KeyPolicy& policy, Effects effects) {
  if (effects == Effects::transactional) return Milliseconds::max();
  if (effects == Effects::downstream_keyed) {
    const auto window = policy.downstream_ttl - policy.max_execution;
    return std::max(std::chrono::floor<Milliseconds>(window), Milliseconds(0));
  }
  const bool safe = policy.rerun && effects == policy.effects;
  return safe ? Milliseconds::max() : Milliseconds(0);
}

bool is_renewed(const KeyPolicy& policy, Effects effects, const Leases& leases) {
  // Of a transaction nothing is seen before it ends.
  const bool may_be = effects != Effects::transactional && leases.held_up.count() == 0;
  return may_be && leases.renewed < longest_run(policy);
}

void set_terms(BeginArgs& args, const KeyPolicy& policy, Effects effects, const Leases& leases) {
  args.lease = is_renewed(policy, effects, leases) ? leases.renewed : longest_run(policy);
  if (effects != Effects::transactional) args.lease += leases.held_up;
  args.ttl = std::chrono::ceil<Milliseconds>(policy.ttl);
  args.rerun_until = rerun_until(policy, effects);
  args.expires = effects == Effects::transactional;
}

void Claiming::unheard(const Token& fresh) {
  unheard_.push_back(std::exchange(args_.token, fresh));
  untried_ = unheard_;
  name_previous();
}

bool Claiming::may_be_own(const BeginResult& said) {
  const bool held =
      std::holds_alternative<Busy>(said) || std::holds_alternative<Indeterminate>(said);
  if (!held || untried_.empty()) return false;
  name_previous();
  return true;
}

void Claiming::name_previous() {
  args_.previous = untried_.back();
  untried_.pop_back();
}

AfterBegin after_begin(const BeginResult& said) {
  if (std::holds_alternative<Acquired>(said)) return AfterBegin::execute;
  if (std::holds_alternative<Replay>(said)) return AfterBegin::replay;
  if (std::holds_alternative<Mismatch>(said)) return AfterBegin::mismatch;
  if (std::holds_alternative<Indeterminate>(said)) return AfterBegin::unknown;
  return std::holds_alternative<Full>(said) ? AfterBegin::refuse : AfterBegin::wait;
}

AfterPoll after_poll(const Result<LookupResult>& said) {
  if (!said) return AfterPoll::poll;
  if (std::holds_alternative<Replay>(*said)) return AfterPoll::replay;
  const auto* still = std::get_if<Busy>(&*said);
  return still == nullptr || still->lease_left.count() == 0 ? AfterPoll::begin : AfterPoll::poll;
}

AfterComplete after_complete(const Result<CompleteResult>& said) {
  if (!said) return AfterComplete::repeat;
  if (*said == CompleteResult::fence_lost) return AfterComplete::fence_lost;
  if (*said == CompleteResult::already_completed) return AfterComplete::read_back;
  return AfterComplete::answer;
}

AfterCommit after_commit(const Result<CompleteResult>& said) {
  if (!said) return AfterCommit::settle;
  return *said == CompleteResult::completed ? AfterCommit::answer : AfterCommit::fence_lost;
}

AfterFenceLost after_fence_lost(const Result<LookupResult>& said, Effects effects,
                                Milliseconds rerun_until) {
  if (!said) return AfterFenceLost::poll;
  if (std::holds_alternative<Replay>(*said)) return AfterFenceLost::replay;
  if (const auto* busy = std::get_if<Busy>(&*said)) {
    if (busy->lease_left.count() > 0) return AfterFenceLost::poll;
    return rerun_until.count() == 0 ? AfterFenceLost::unknown : AfterFenceLost::come_back;
  }
  // The claim and the effect were taken back together.
  const bool rolled_back =
      std::holds_alternative<Absent>(*said) && effects == Effects::transactional;
  return rolled_back ? AfterFenceLost::come_back : AfterFenceLost::unknown;
}

bool lost_fence(const Result<FenceResult>& said) {
  return said.ok() && *said == FenceResult::fence_lost;
}

bool proves_nothing_ran(std::uint32_t attempt) { return attempt == 1; }

}  // namespace cpp_lite::idempotency
