// How much a channel may repeat in all: a tenth of its calls, and a trickle (docs/rules.md,
// "Budget"). Always on; retries and hedges share it.
#pragma once

#include <cpp_lite/deadline.h>

#include <cstdint>

namespace cpp_lite::policy {

// In thousandths of a repetition: starts with 10, gains 0.1 for each call up to 100, and 1 in a
// second up to 10. For one thread.
class RetryBudget {
 public:
  explicit RetryBudget(SteadyTime now) : refilled_(now) {}

  void call_began();
  // Pays for one repetition; false: there is not enough.
  bool withdraw(SteadyTime now);
  bool could_withdraw(SteadyTime now) const;

 private:
  std::int64_t balance_at(SteadyTime now) const;

  std::int64_t balance_ = 10'000;
  SteadyTime refilled_;  // when the trickle was last added
};

}  // namespace cpp_lite::policy
