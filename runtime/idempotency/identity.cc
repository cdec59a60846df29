// Layer: which record a request is about.
#include <cpp_lite/handler.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "idempotency/answers.h"
#include "idempotency/fingerprint.h"
#include "idempotency/key.h"
#include "idempotency/layer.h"
#include "idempotency/record_id.h"

namespace cpp_lite::idempotency {
namespace {

constexpr std::size_t kShortKey = 16;  // below it keys of two clients may meet by accident

SteadyTime one_margin_before(SteadyTime deadline, SteadyTime now) {
  if (deadline == SteadyTime::max()) return deadline;
  using std::chrono::milliseconds;
  const std::chrono::nanoseconds margin = std::clamp<std::chrono::nanoseconds>(
      (deadline - now) / 20, milliseconds(1), milliseconds(50));
  return deadline - margin;
}

}  // namespace

// The kind of scope is part of it, so that no principal can be named like an anonymous caller.
Result<Scope> Layer::scope_of(const ServerContext& context, const KeyPolicy& policy) const {
  Scope scope;
  for (const std::string_view name : policy.scope_metadata) {
    const std::vector<std::string_view> values = context.metadata().get_all(name);
    if (values.size() > 1) return scope_invalid(name, "it is there several times");
    if (values.empty() || values[0].empty()) return scope_invalid(name, "it is missing, or empty");
    scope.values.emplace_back(values[0]);
  }
  if (policy.shared_scope) {
    scope.kind = "shared";
    return scope;
  }
  const Principal principal = principal_ ? principal_(context) : Principal{};
  if (!principal.empty()) {
    scope.kind = "principal";
    scope.issuer = principal.issuer;
    scope.subject = principal.subject;
    return scope;
  }
  if (anonymous_scope_.empty()) {
    return Status::not_executed(Code::unauthenticated, "who calls is not known");
  }
  scope.kind = "anonymous";
  scope.subject = anonymous_scope_;
  return scope;
}

Result<std::optional<Job>> Layer::job_of(KeyedCall& call, const Method& method,
                                         const KeyPolicy& policy) const {
  ServerContext& context = call.context();
  Result<std::optional<std::string>> key =
      key_of(call.request(), context.metadata(), method, policy);
  if (!key) return key_invalid(key.status().message());
  if (!*key && !policy.optional) return key_required();
  if (!*key) return std::optional<Job>();
  Result<Scope> scope = scope_of(context, policy);
  if (!scope) return scope.status();
  const std::optional<Fingerprint> fingerprint =
      idempotency::fingerprint(call.request(), method, policy);
  if (!fingerprint) return Status(Code::invalid_argument, "the request cannot be parsed");
  if (policy.format == KeyFormat::printable && (*key)->size() < kShortKey) {
    calls_->tell(KeyedEvent::Kind::short_key, method, {});
  }
  Job job{.method = method,
          .policy = policy,
          .call = call,
          .loop = call.loop(),
          .effects = kept_effects(policy),
          .leases = {calls_->options().lease, held_up_}};
  job.key = **std::move(key);
  job.id = record_id(*scope, method.path, job.key);
  job.fingerprint = *fingerprint;
  const auto& redact = calls_->options().redact_key;
  job.label = {std::string(method.path), holder_of(*scope),
               key_in(*scope, redact ? redact(job.key) : job.key)};
  job.arrived = job.loop->now();
  job.deadline = context.deadline();
  job.answer_by = one_margin_before(job.deadline, job.arrived);
  return std::optional<Job>(std::move(job));
}

}  // namespace cpp_lite::idempotency
