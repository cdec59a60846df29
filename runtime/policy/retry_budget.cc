#include "policy/retry_budget.h"

#include <algorithm>
#include <chrono>

namespace cpp_lite::policy {
namespace {

constexpr std::int64_t kRepetition = 1000;
constexpr std::int64_t kOfEachCall = 100;
constexpr std::int64_t kMost = 100'000;
constexpr std::int64_t kTrickleUpTo = 10'000;

// One thousandth of a repetition per millisecond.
std::int64_t trickle(SteadyTime from, SteadyTime to) {
  return std::max<std::int64_t>(0,
                                std::chrono::floor<std::chrono::milliseconds>(to - from).count());
}

}  // namespace

// What calls add is counted before the trickle of the same time, so that this needs no clock; the
// order matters only at the two limits, and there it errs towards fewer repetitions.
void RetryBudget::call_began() { balance_ = std::min(kMost, balance_ + kOfEachCall); }

std::int64_t RetryBudget::balance_at(SteadyTime now) const {
  if (balance_ >= kTrickleUpTo) return balance_;
  return std::min(kTrickleUpTo, balance_ + trickle(refilled_, now));
}

bool RetryBudget::could_withdraw(SteadyTime now) const { return balance_at(now) >= kRepetition; }

bool RetryBudget::withdraw(SteadyTime now) {
  const std::int64_t balance = balance_at(now);
  if (balance < kRepetition) return false;
  // The part of a millisecond that has not counted yet counts next time, unless it ran over.
  refilled_ = balance >= kTrickleUpTo
                  ? now
                  : refilled_ + std::chrono::milliseconds(trickle(refilled_, now));
  balance_ = balance - kRepetition;
  return true;
}

}  // namespace cpp_lite::policy
