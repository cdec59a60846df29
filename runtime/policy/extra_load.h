// How much hedges may add to the calls of one channel (docs/rules.md, "Hedges").
#pragma once

#include <cstdint>

namespace cpp_lite::policy {

// More is never allowed: the budget of retries, which hedges share, would not give it.
inline constexpr double kMostExtraLoad = 0.1;

// Counts calls against hedges, without a clock: unlike that budget it gains nothing from mere time,
// so that a quiet channel hedges no more than a busy one. All hedges of a channel are at most
// share * (100 + its calls). For one thread.
class ExtraLoad {
 public:
  // Within 0 and kMostExtraLoad. 0: no hedges.
  explicit ExtraLoad(double share);

  void call_began();
  bool could_add() const;
  void add();  // only if it could

 private:
  const std::int64_t of_each_call_;  // in millionths of a hedge
  std::int64_t balance_;
};

}  // namespace cpp_lite::policy
