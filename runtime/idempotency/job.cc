#include "idempotency/job.h"

#include "idempotency/decisions.h"
#include "idempotency/random.h"

namespace cpp_lite::idempotency {

BeginArgs begin_args(const Job& job, const IdempotencyOptions& options, const Owner& owner) {
  BeginArgs args;
  args.id = job.id;
  args.fingerprint = job.fingerprint;
  args.token = random_token();
  set_terms(args, job.policy, job.effects, options.lease);
  args.owner = owner;
  args.label = job.label;
  args.quota = {options.quota_records, options.quota_bytes};
  return args;
}

}  // namespace cpp_lite::idempotency
