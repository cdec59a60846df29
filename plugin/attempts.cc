#include "attempts.h"

#include <algorithm>
#include <chrono>

#include "config/duration.h"
#include "imported_attempts.h"
#include "keys.h"
#include "options.h"
#include "retry_blocks.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

const char* const kNotSafe =
    "that is not known to be safe to repeat: state idempotency_level or idempotency if it is, or "
    "no_retry";

// CL013.
const char* deadline_fault(const Policy& policy) {
  if (policy.safety == Safety::unsafe)
    return "DEADLINE_EXCEEDED is for methods that are safe to "
           "repeat";
  return policy.attempt_timeout.count() > 0
             ? nullptr
             : "DEADLINE_EXCEEDED needs attempt_timeout: once the call's own deadline has passed, "
               "there is no time for another attempt";
}

// Of a block that has errors it is not worth telling how long it waits.
bool is_sound(const pb::MethodDescriptor& method, const RetryPolicy& retry) {
  Problems problems;
  check_retry(Site(method, problems), {MethodPolicy::kRetryFieldNumber}, retry);
  return problems.empty();
}

void own_retry(const pb::MethodDescriptor& method, const Site& site, const RetryPolicy& retry,
               Policy& policy) {
  const SourcePath path = {MethodPolicy::kRetryFieldNumber};
  if (method.client_streaming() && !has_idempotency_level(method)) {
    site.complain_at("CL018", path,
                     "retry on a method that streams requests needs an idempotency_level");
  } else if (policy.safety == Safety::unsafe) {
    site.complain_at("CL015", path, std::string("retry on a method ") + kNotSafe);
  }
  const int deadline = find_deadline_exceeded(retry.retryable_status_codes());
  const char* fault = deadline >= 0 ? deadline_fault(policy) : nullptr;
  if (fault != nullptr) {
    const SourcePath code = {RetryPolicy::kRetryableStatusCodesFieldNumber, deadline};
    site.complain_at("CL013", extend(path, code),
                     std::string("retry.retryable_status_codes: ") + fault);
  }
  policy.retry = to_data(retry);
  if (!is_sound(method, retry)) return;
  const std::string late = too_late(policy.retry, policy);
  if (!late.empty()) site.warn_at("CL019", path, late);
}

void own_hedging(const pb::MethodDescriptor& method, const Site& site, const HedgingPolicy& hedging,
                 Policy& policy) {
  const SourcePath path = {MethodPolicy::kHedgingFieldNumber};
  if (method.client_streaming()) {
    site.complain_at("CL017", path, "hedging on a method that streams requests");
  } else if (policy.safety == Safety::unsafe) {
    site.complain_at("CL017", path, std::string("hedging on a method ") + kNotSafe);
  } else if (policy.safety == Safety::keyed) {
    site.complain_at("CL017", path,
                     "hedging on a method with a key: copies would wait for the first one, so they "
                     "cannot help");
  }
  const int deadline = find_deadline_exceeded(hedging.non_fatal_status_codes());
  const char* fault = deadline >= 0 ? deadline_fault(policy) : nullptr;
  if (fault != nullptr) {
    const SourcePath code = {HedgingPolicy::kNonFatalStatusCodesFieldNumber, deadline};
    site.complain_at("CL013", extend(path, code),
                     std::string("hedging.non_fatal_status_codes: ") + fault);
  }
  policy.hedging = to_data(hedging);
}

// The block reaches a method only if that is safe to repeat. A stream of requests asks for a block
// of its own (docs/rules.md, "Streamed requests").
void inherit_retry(const pb::MethodDescriptor& method, const Site& site, const char* giver,
                   const RetryPolicy& retry, Policy& policy) {
  if (policy.safety == Safety::unsafe || method.client_streaming()) {
    policy.retry_left_out = giver;
    return;
  }
  const std::string subject = std::string("the retry policy of the ") + giver + ": ";
  const bool lists_deadline = find_deadline_exceeded(retry.retryable_status_codes()) >= 0;
  const char* fault = lists_deadline ? deadline_fault(policy) : nullptr;
  if (fault != nullptr) site.complain("CL013", subject + fault);
  policy.retry = to_data(retry);
  if (!is_sound(method, retry)) return;
  const std::string late = too_late(policy.retry, policy);
  if (!late.empty()) site.warn("CL019", subject + late);
}

// What is longer has been cut off on its way here.
std::string in_words(double nanoseconds) {
  constexpr double kMost = 9.2e18;
  if (nanoseconds >= kMost) return "over 292 years";
  return config::to_readable(std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds)));
}

}  // namespace

std::string too_late(const RetryPolicyData& retry, const Policy& policy) {
  constexpr double kMostJitter = 1.2;  // gRFC A6
  const std::chrono::nanoseconds timeout = policy.default_timeout;
  if (policy.deadline_source == DeadlineSource::nobody || timeout == timeout.max()) return "";
  if (timeout.count() <= 0 || !(retry.backoff_multiplier > 0)) return "";  // complained of already
  double wait = static_cast<double>(retry.initial_backoff.count());
  double sum = 0;
  for (int attempt = 2; attempt <= retry.max_attempts; ++attempt) {
    sum += kMostJitter * std::min(wait, static_cast<double>(retry.max_backoff.count()));
    wait *= retry.backoff_multiplier;
    if (sum < static_cast<double>(timeout.count())) continue;
    return "attempt " + std::to_string(attempt) +
           " can never start when the waits are at their longest: they come to " + in_words(sum) +
           ", the timeout is " + config::to_readable(timeout);
  }
  return "";
}

void resolve_attempts(const pb::MethodDescriptor& method, const Run& run, Policy& policy) {
  const Site site(method, run.problems);
  const MethodPolicy& options = options_of(method);
  if (options.has_retry()) {
    check_retry(site, {MethodPolicy::kRetryFieldNumber}, options.retry());
  }
  if (options.has_hedging()) {
    check_hedging(site, {MethodPolicy::kHedgingFieldNumber}, options.hedging());
  }
  site.complain_of_both("CL017", {MethodPolicy::kRetryFieldNumber},
                        {MethodPolicy::kHedgingFieldNumber},
                        "retry and hedging: a method has one of them");
  policy.no_retry = options.no_retry();
  if (policy.no_retry) return;  // it takes back what stands beside it, too
  const pb::ServiceDescriptor& service = *method.service();
  if (options.has_retry()) return own_retry(method, site, options.retry(), policy);
  if (options.has_hedging()) return own_hedging(method, site, options.hedging(), policy);
  if (const ServicePolicy& block = options_of(service); block.has_retry()) {
    return inherit_retry(method, site, "service", block.retry(), policy);
  }
  if (const ServicePolicy& block = options_of(*service.file()); block.has_retry()) {
    return inherit_retry(method, site, "file", block.retry(), policy);
  }
  import_attempts(method, run, policy);
}

}  // namespace cpp_lite::plugin
