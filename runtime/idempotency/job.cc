#include "idempotency/job.h"

#include <algorithm>

namespace cpp_lite::idempotency {

std::chrono::nanoseconds Job::left() const {
  if (answer_by == SteadyTime::max()) return std::chrono::hours(24);
  return std::max(std::chrono::nanoseconds(answer_by - loop->now()), std::chrono::nanoseconds(0));
}

BeginArgs begin_args(const Job& job, const IdempotencyOptions& options, const Owner& owner,
                     const Token& token) {
  BeginArgs args;
  args.id = job.id;
  args.fingerprint = job.fingerprint;
  args.token = token;
  set_terms(args, job.policy, job.effects, job.leases);
  args.owner = owner;
  args.label = job.label;
  args.quota = {options.quota_records, options.quota_bytes};
  return args;
}

}  // namespace cpp_lite::idempotency
