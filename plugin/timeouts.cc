#include "timeouts.h"

#include <algorithm>
#include <optional>
#include <string>

#include "config/duration.h"
#include "options.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kUnbounded = nanoseconds::max();
constexpr nanoseconds kDefaultTtl = std::chrono::hours(24);

// A default deadline on its way to being resolved. `known` is false after a complaint about it, so
// that no other check stumbles over the same mistake.
struct Timeout {
  DeadlineSource source = DeadlineSource::nobody;
  bool known = true;
  nanoseconds value{};
};

Timeout from_proto(std::optional<nanoseconds> value) {
  return {DeadlineSource::proto, value.has_value(), value.value_or(nanoseconds{})};
}

// What service, file, retry_config and parameters give a method. All have been checked elsewhere.
Timeout inherited_timeout(const pb::MethodDescriptor& method, const Run& run) {
  const pb::ServiceDescriptor& service = *method.service();
  for (const ServicePolicy* policy : {&options_of(service), &options_of(*service.file())}) {
    if (policy->has_timeout()) return from_proto(positive(policy->timeout()));
  }
  if (const auto timeout = run.retry_config.timeout(method)) {
    return {DeadlineSource::retry_config, true, *timeout};
  }
  if (run.parameters.default_timeout) {
    return {DeadlineSource::parameter, true, *run.parameters.default_timeout};
  }
  return {};
}

// max_duration of a stream is its default deadline; where `timeout` stands beside it, both hold.
Timeout stream_timeout(const Site& site, const StreamPolicy& stream, const Timeout& own) {
  const SourcePath path = {MethodPolicy::kStreamFieldNumber, StreamPolicy::kMaxDurationFieldNumber};
  Timeout result = from_proto(kUnbounded);
  if (stream.max_duration() != kUnboundedWord) {
    result = from_proto(site.duration(path, "stream.max_duration", stream.max_duration()));
  } else if (!stream.has_idle_timeout()) {
    site.complain_at("CL003", path,
                     "stream.max_duration = \"unbounded\" needs stream.idle_timeout beside it");
  }
  if (own.source == DeadlineSource::nobody) return result;
  return {DeadlineSource::proto, result.known && own.known, std::min(result.value, own.value)};
}

Timeout resolve_timeout(const pb::MethodDescriptor& method, const Site& site,
                        const MethodPolicy& options, const Run& run) {
  Timeout own;
  if (options.has_timeout()) {
    own = from_proto(
        site.duration({MethodPolicy::kTimeoutFieldNumber}, "timeout", options.timeout()));
  }
  if (options.stream().has_max_duration()) return stream_timeout(site, options.stream(), own);
  return own.source == DeadlineSource::nobody ? inherited_timeout(method, run) : own;
}

// CL002 and CL003: with require_timeout, the contract has to bound every call.
void check_presence(const pb::MethodDescriptor& method, const Site& site,
                    const MethodPolicy& options, const Run& run) {
  if (options.has_timeout()) return;
  if (inherited_timeout(method, run).source != DeadlineSource::nobody) return;
  if (!method.client_streaming() && !method.server_streaming()) {
    site.complain("CL002",
                  "no timeout; require_timeout asks for one here, in its service or in its file");
    return;
  }
  const StreamPolicy& stream = options.stream();
  if (stream.has_max_duration() && stream.has_idle_timeout()) return;
  if (stream.max_duration() == kUnboundedWord) return;  // complained of already
  site.complain("CL003",
                "a stream needs a timeout, or stream.idle_timeout with stream.max_duration");
}

// CL004: bounds that contradict each other or can do nothing.
nanoseconds check_attempt_timeout(const Site& site, const MethodPolicy& options, Safety safety,
                                  const Timeout& timeout) {
  if (!options.has_attempt_timeout()) return {};
  const SourcePath path = {MethodPolicy::kAttemptTimeoutFieldNumber};
  const auto value = site.duration(path, "attempt_timeout", options.attempt_timeout());
  if (safety == Safety::unsafe) {
    site.complain_at("CL004", path,
                     "attempt_timeout on a method that may not be repeated would only end the "
                     "call; state idempotency_level or idempotency, or use timeout");
  }
  const bool comparable = timeout.known && timeout.source != DeadlineSource::nobody;
  if (value && comparable && *value >= timeout.value) {
    site.complain_at("CL004", path,
                     "attempt_timeout of " + config::to_readable(*value) +
                         " does nothing beside a timeout of " + config::to_readable(timeout.value));
  }
  return value.value_or(nanoseconds{});
}

nanoseconds check_max_timeout(const Site& site, const MethodPolicy& options,
                              const Timeout& timeout) {
  if (!options.has_max_timeout()) return {};
  const SourcePath path = {MethodPolicy::kMaxTimeoutFieldNumber};
  const auto value = site.duration(path, "max_timeout", options.max_timeout());
  if (!value) return {};
  if (timeout.known && timeout.source != DeadlineSource::nobody && *value < timeout.value) {
    const bool endless = timeout.value == kUnbounded;
    site.complain_at("CL004", path,
                     "max_timeout of " + config::to_readable(*value) + " is less than " +
                         (endless ? "stream.max_duration = \"unbounded\""
                                  : "the timeout of " + config::to_readable(timeout.value)));
  }
  return *value;
}

nanoseconds check_stream(const pb::MethodDescriptor& method, const Site& site,
                         const MethodPolicy& options) {
  if (!options.has_stream()) return {};
  if (!method.client_streaming() && !method.server_streaming()) {
    site.complain_at("CL003", {MethodPolicy::kStreamFieldNumber},
                     "stream bounds on a method that does not stream; use timeout");
  }
  if (!options.stream().has_idle_timeout()) return {};
  return site
      .duration({MethodPolicy::kStreamFieldNumber, StreamPolicy::kIdleTimeoutFieldNumber},
                "stream.idle_timeout", options.stream().idle_timeout())
      .value_or(nanoseconds{});
}

// docs/rules.md D2: no attempt of a keyed call may come after its key is forgotten.
nanoseconds cap_by_ttl(nanoseconds max_timeout, nanoseconds ttl) {
  return max_timeout.count() > 0 ? std::min(max_timeout, ttl / 2) : ttl / 2;
}

}  // namespace

nanoseconds ttl_of(const pb::MethodDescriptor& method) {
  const Idempotency& idempotency = options_of(method).idempotency();
  if (idempotency.has_ttl()) return positive(idempotency.ttl()).value_or(kDefaultTtl);
  const pb::ServiceDescriptor& service = *method.service();
  for (const ServicePolicy* policy : {&options_of(service), &options_of(*service.file())}) {
    if (policy->has_ttl()) return positive(policy->ttl()).value_or(kDefaultTtl);
  }
  return kDefaultTtl;
}

std::optional<nanoseconds> positive(const std::string& text) {
  const auto value = config::parse_duration(text);
  if (!value || *value <= config::Duration{}) return std::nullopt;
  return config::to_nanoseconds(*value);
}

void resolve_timeouts(const pb::MethodDescriptor& method, const Run& run, Policy& policy) {
  const Site site(method, run.problems);
  const MethodPolicy& options = options_of(method);
  policy.idle_timeout = check_stream(method, site, options);
  policy.wait_for_ready = options.has_wait_for_ready()
                              ? options.wait_for_ready()
                              : run.retry_config.wait_for_ready(method).value_or(false);
  const Timeout timeout = resolve_timeout(method, site, options, run);
  policy.deadline_source = timeout.source;
  policy.default_timeout = timeout.value;
  if (run.parameters.require_timeout) check_presence(method, site, options, run);
  policy.attempt_timeout = check_attempt_timeout(site, options, policy.safety, timeout);
  policy.max_timeout = check_max_timeout(site, options, timeout);
  if (options.has_idempotency()) {
    policy.max_timeout = cap_by_ttl(policy.max_timeout, ttl_of(method));
  }
}

}  // namespace cpp_lite::plugin
