#include "idempotency/job.h"

#include <algorithm>

#include "idempotency/random.h"

namespace cpp_lite::idempotency {
namespace {

constexpr Milliseconds kGrace{5000};  // of a lease beyond max_execution

}  // namespace

Milliseconds Job::rerun_until() const {
  if (effects == Effects::transactional) return Milliseconds::max();
  if (effects == Effects::downstream_keyed) {
    const auto window = policy.downstream_ttl - policy.max_execution;
    return std::max(std::chrono::floor<Milliseconds>(window), Milliseconds(0));
  }
  const bool safe = policy.rerun && effects == policy.effects;
  return safe ? Milliseconds::max() : Milliseconds(0);
}

BeginArgs begin_args(const Job& job, const IdempotencyOptions& options, const Owner& owner) {
  BeginArgs args;
  args.id = job.id;
  args.fingerprint = job.fingerprint;
  args.token = random_token();
  const auto longest = std::chrono::ceil<Milliseconds>(job.policy.max_execution) + kGrace;
  // Transactions are not renewed: nothing of them is seen before they end.
  args.lease = job.effects == Effects::transactional ? longest : std::min(longest, options.lease);
  args.ttl = job.ttl();
  args.rerun_until = job.rerun_until();
  args.expires = job.effects == Effects::transactional;
  args.owner = owner;
  args.label = job.label;
  args.quota = {options.quota_records, options.quota_bytes};
  return args;
}

}  // namespace cpp_lite::idempotency
