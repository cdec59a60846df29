// ReferenceModel: the retry budget (docs/rules.md, "Budget").
#include <algorithm>
#include <chrono>

#include "reference_model.h"

namespace cpp_lite::retries {

ReferenceModel::ReferenceModel(const ChannelRules& rules, const Surroundings& surroundings)
    : rules_(rules), around_(surroundings), budget_at_(surroundings.began) {
  if (rules.throttling) tokens_ = rules.throttling->max_tokens * 1000;
}

// Section 5: one repetition more in a second, up to ten. Whether the trickle or what a call pays in
// comes first is not said.
void ReferenceModel::pay_in() {
  if (budget_.least < 9.9 || budget_.least > 10) budget_.least += 0.1;
  budget_.most = std::min(100.0, budget_.most + 0.1);
}

void ReferenceModel::pass_time(SteadyTime now) {
  const double seconds = std::chrono::duration<double>(now - budget_at_).count();
  if (seconds <= 0) return;
  budget_at_ = now;
  const auto trickle = [seconds](double balance) {
    return balance < 10 ? std::min(10.0, balance + seconds) : balance;
  };
  budget_.least = trickle(budget_.least);
  budget_.most = trickle(budget_.most);
}

}  // namespace cpp_lite::retries
