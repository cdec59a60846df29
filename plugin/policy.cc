#include "policy.h"

#include "attempts.h"
#include "keys.h"
#include "options.h"
#include "retry_blocks.h"
#include "served_key.h"
#include "timeouts.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

void check_service_policy(const Site& site, const ServicePolicy& policy) {
  if (policy.has_timeout()) {
    site.duration({ServicePolicy::kTimeoutFieldNumber}, "timeout", policy.timeout());
  }
  if (policy.has_retry()) check_retry(site, {ServicePolicy::kRetryFieldNumber}, policy.retry());
  if (policy.has_ttl()) check_ttl(site, {ServicePolicy::kTtlFieldNumber}, "ttl", policy.ttl());
}

}  // namespace

void check_defaults(const pb::FileDescriptor& file, Problems& problems) {
  check_service_policy(Site(file, problems), options_of(file));
}

void check_defaults(const pb::ServiceDescriptor& service, Problems& problems) {
  check_service_policy(Site(service, problems), options_of(service));
}

Policy resolve_policy(const pb::MethodDescriptor& method, const Run& run) {
  Policy policy;
  resolve_key(method, run, policy);
  resolve_timeouts(method, run, policy);
  resolve_served_key(method, run.problems, policy);
  resolve_attempts(method, run, policy);
  return policy;
}

}  // namespace cpp_lite::plugin
