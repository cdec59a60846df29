#include "policy.h"

#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "config/duration.h"
#include "cpp_lite/options.pb.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kUnbounded = nanoseconds::max();
constexpr std::string_view kUnboundedWord = "unbounded";
constexpr int kExtensionNumber = 51234;

enum class Bound { more_than_zero, zero_or_more };

// An option's value goes into a message of one line.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, 60)) out += c >= ' ' && c < '\x7f' ? c : '?';
  return out + (text.size() > 60 ? "...\"" : "\"");
}

// One place that can hold options: a method, a service or a file.
class Site {
 public:
  Site(const pb::FileDescriptor& file, std::string subject, SourcePath element, int options_field,
       Problems& problems)
      : file_(file),
        subject_(std::move(subject)),
        element_(std::move(element)),
        options_field_(options_field),
        problems_(problems) {}

  void complain(std::string_view id, const SourcePath& path, const std::string& text) const {
    problems_.add(file_, path, std::string("[").append(id) + "] " + subject_ + ": " + text);
  }

  // `field` is the path below the extension.
  void complain_at(std::string_view id, const SourcePath& field, const std::string& text) const {
    complain(id, extend(extend(element_, {options_field_, kExtensionNumber}), field), text);
  }

  const SourcePath& element() const { return element_; }

  // CL001, and half of CL003. nullopt after a complaint.
  std::optional<nanoseconds> duration(const SourcePath& field, std::string_view name,
                                      const std::string& text,
                                      Bound bound = Bound::more_than_zero) const {
    const std::string given = std::string(name) + " = " + quoted(text) + ": ";
    if (text == kUnboundedWord) {
      complain_at("CL003", field, given + "only stream.max_duration may be unbounded");
      return std::nullopt;
    }
    const auto value = config::parse_duration(text);
    if (!value) {
      complain_at("CL001", field,
                  given + "not a duration; write seconds such as \"0.5s\" or \"30s\", at most " +
                      std::to_string(config::kMaxDurationSeconds) + "s");
      return std::nullopt;
    }
    const bool zero_is_fine = bound == Bound::zero_or_more;
    if (*value < config::Duration{} || (*value == config::Duration{} && !zero_is_fine)) {
      complain_at("CL001", field,
                  given + (zero_is_fine ? "must not be negative" : "must be more than 0"));
      return std::nullopt;
    }
    return config::to_nanoseconds(*value);
  }

 private:
  const pb::FileDescriptor& file_;
  std::string subject_;
  SourcePath element_;
  int options_field_;
  Problems& problems_;
};

Site site_of(const pb::MethodDescriptor& method, Problems& problems) {
  return {*method.service()->file(), "method " + std::string(method.full_name()), path_of(method),
          pb::MethodDescriptorProto::kOptionsFieldNumber, problems};
}

// An extension of someone else's may have our number (it is from the range for in-house use); then
// its bytes are not for us.
bool is_ours(const pb::FileDescriptor& file, const pb::Descriptor& options, const char* name) {
  const auto* type = file.pool()->FindMessageTypeByName(std::string(options.full_name()));
  const auto* extension =
      type == nullptr ? nullptr : file.pool()->FindExtensionByNumber(type, kExtensionNumber);
  return extension == nullptr || extension->full_name() == name;
}

const MethodPolicy& options_of(const pb::MethodDescriptor& method) {
  const auto& options = method.options();
  return is_ours(*method.service()->file(), *options.GetDescriptor(), "cpp_lite.method")
             ? options.GetExtension(::cpp_lite::method)
             : MethodPolicy::default_instance();
}

const ServicePolicy& options_of(const pb::ServiceDescriptor& service) {
  const auto& options = service.options();
  return is_ours(*service.file(), *options.GetDescriptor(), "cpp_lite.service")
             ? options.GetExtension(::cpp_lite::service)
             : ServicePolicy::default_instance();
}

const ServicePolicy& options_of(const pb::FileDescriptor& file) {
  const auto& options = file.options();
  return is_ours(file, *options.GetDescriptor(), "cpp_lite.file")
             ? options.GetExtension(::cpp_lite::file)
             : ServicePolicy::default_instance();
}

void check_retry(const Site& site, const SourcePath& path, const RetryPolicy& retry) {
  if (retry.has_initial_backoff()) {
    site.duration(extend(path, {RetryPolicy::kInitialBackoffFieldNumber}), "retry.initial_backoff",
                  retry.initial_backoff());
  }
  if (retry.has_max_backoff()) {
    site.duration(extend(path, {RetryPolicy::kMaxBackoffFieldNumber}), "retry.max_backoff",
                  retry.max_backoff());
  }
}

void check_hedging(const Site& site, const HedgingPolicy& hedging) {
  if (!hedging.has_hedging_delay()) return;
  site.duration({MethodPolicy::kHedgingFieldNumber, HedgingPolicy::kHedgingDelayFieldNumber},
                "hedging.hedging_delay", hedging.hedging_delay(), Bound::zero_or_more);
}

void check_idempotency(const Site& site, const Idempotency& idempotency) {
  const int field = MethodPolicy::kIdempotencyFieldNumber;
  if (idempotency.has_ttl()) {
    site.duration({field, Idempotency::kTtlFieldNumber}, "idempotency.ttl", idempotency.ttl());
  }
  if (idempotency.has_max_execution()) {
    site.duration({field, Idempotency::kMaxExecutionFieldNumber}, "idempotency.max_execution",
                  idempotency.max_execution());
  }
  if (idempotency.has_downstream_ttl()) {
    site.duration({field, Idempotency::kDownstreamTtlFieldNumber}, "idempotency.downstream_ttl",
                  idempotency.downstream_ttl());
  }
}

void check_service_policy(const Site& site, const ServicePolicy& policy) {
  if (policy.has_timeout()) {
    site.duration({ServicePolicy::kTimeoutFieldNumber}, "timeout", policy.timeout());
  }
  if (policy.has_retry()) check_retry(site, {ServicePolicy::kRetryFieldNumber}, policy.retry());
  if (policy.has_ttl()) site.duration({ServicePolicy::kTtlFieldNumber}, "ttl", policy.ttl());
}

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

// What service, file and parameters give a method. The first two have been checked elsewhere.
Timeout inherited_timeout(const pb::ServiceDescriptor& service, const Parameters& parameters) {
  for (const ServicePolicy* policy : {&options_of(service), &options_of(*service.file())}) {
    if (!policy->has_timeout()) continue;
    const auto value = config::parse_duration(policy->timeout());
    if (!value || *value <= config::Duration{}) return from_proto(std::nullopt);
    return from_proto(config::to_nanoseconds(*value));
  }
  if (parameters.default_timeout) {
    return {DeadlineSource::parameter, true, *parameters.default_timeout};
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
                        const MethodPolicy& policy, const Parameters& parameters) {
  Timeout own;
  if (policy.has_timeout()) {
    own =
        from_proto(site.duration({MethodPolicy::kTimeoutFieldNumber}, "timeout", policy.timeout()));
  }
  if (policy.stream().has_max_duration()) return stream_timeout(site, policy.stream(), own);
  return own.source == DeadlineSource::nobody ? inherited_timeout(*method.service(), parameters)
                                              : own;
}

// CL002 and CL003: with require_timeout, the contract has to bound every call.
void check_presence(const pb::MethodDescriptor& method, const Site& site,
                    const MethodPolicy& policy, const Parameters& parameters) {
  if (policy.has_timeout()) return;
  if (inherited_timeout(*method.service(), parameters).source != DeadlineSource::nobody) return;
  if (!method.client_streaming() && !method.server_streaming()) {
    site.complain("CL002", site.element(),
                  "no timeout; require_timeout asks for one here, in its service or in its file");
    return;
  }
  const StreamPolicy& stream = policy.stream();
  if (stream.has_max_duration() && stream.has_idle_timeout()) return;
  if (stream.max_duration() == kUnboundedWord) return;  // complained of already
  site.complain("CL003", site.element(),
                "a stream needs a timeout, or stream.idle_timeout with stream.max_duration");
}

// CL004: bounds that contradict each other or can do nothing.
void check_attempt_timeout(const Site& site, const MethodPolicy& policy, Safety safety,
                           const Timeout& timeout) {
  if (!policy.has_attempt_timeout()) return;
  const SourcePath path = {MethodPolicy::kAttemptTimeoutFieldNumber};
  const auto value = site.duration(path, "attempt_timeout", policy.attempt_timeout());
  if (safety == Safety::unsafe) {
    site.complain_at("CL004", path,
                     "attempt_timeout on a method that may not be repeated would only end the "
                     "call; state idempotency_level or idempotency, or use timeout");
  }
  if (!value || !timeout.known || timeout.source == DeadlineSource::nobody) return;
  if (*value < timeout.value) return;
  site.complain_at("CL004", path,
                   "attempt_timeout of " + config::to_readable(*value) +
                       " does nothing beside a timeout of " + config::to_readable(timeout.value));
}

nanoseconds check_max_timeout(const Site& site, const MethodPolicy& policy,
                              const Timeout& timeout) {
  if (!policy.has_max_timeout()) return {};
  const SourcePath path = {MethodPolicy::kMaxTimeoutFieldNumber};
  const auto value = site.duration(path, "max_timeout", policy.max_timeout());
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
                         const MethodPolicy& policy) {
  if (!policy.has_stream()) return {};
  if (!method.client_streaming() && !method.server_streaming()) {
    site.complain_at("CL003", {MethodPolicy::kStreamFieldNumber},
                     "stream bounds on a method that does not stream; use timeout");
  }
  if (!policy.stream().has_idle_timeout()) return {};
  return site
      .duration({MethodPolicy::kStreamFieldNumber, StreamPolicy::kIdleTimeoutFieldNumber},
                "stream.idle_timeout", policy.stream().idle_timeout())
      .value_or(nanoseconds{});
}

Safety safety_of(const pb::MethodDescriptor& method, const MethodPolicy& policy) {
  if (policy.has_idempotency()) return Safety::keyed;
  switch (method.options().idempotency_level()) {
    case pb::MethodOptions::IDEMPOTENT:
      return Safety::idempotent;
    case pb::MethodOptions::NO_SIDE_EFFECTS:
      return Safety::no_side_effects;
    default:
      return Safety::unsafe;
  }
}

}  // namespace

void check_defaults(const pb::FileDescriptor& file, Problems& problems) {
  const Site site(file, "file", {}, pb::FileDescriptorProto::kOptionsFieldNumber, problems);
  check_service_policy(site, options_of(file));
}

void check_defaults(const pb::ServiceDescriptor& service, Problems& problems) {
  const Site site(*service.file(), "service " + std::string(service.full_name()), path_of(service),
                  pb::ServiceDescriptorProto::kOptionsFieldNumber, problems);
  check_service_policy(site, options_of(service));
}

Policy resolve_policy(const pb::MethodDescriptor& method, const Parameters& parameters,
                      Problems& problems) {
  const Site site = site_of(method, problems);
  const MethodPolicy& options = options_of(method);
  if (options.has_retry()) {
    check_retry(site, {MethodPolicy::kRetryFieldNumber}, options.retry());
  }
  check_hedging(site, options.hedging());
  check_idempotency(site, options.idempotency());

  Policy policy;
  policy.safety = safety_of(method, options);
  policy.idle_timeout = check_stream(method, site, options);
  policy.wait_for_ready = options.wait_for_ready();
  const Timeout timeout = resolve_timeout(method, site, options, parameters);
  policy.deadline_source = timeout.source;
  policy.default_timeout = timeout.value;
  if (parameters.require_timeout) check_presence(method, site, options, parameters);
  check_attempt_timeout(site, options, policy.safety, timeout);
  policy.max_timeout = check_max_timeout(site, options, timeout);
  return policy;
}

}  // namespace cpp_lite::plugin
