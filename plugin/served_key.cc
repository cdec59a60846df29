#include "served_key.h"

#include <cpp_lite/status.h>
#include <google/protobuf/descriptor.pb.h>

#include <chrono>
#include <set>

#include "codes.h"
#include "config/duration.h"
#include "config/status_codes.h"
#include "field_info.h"
#include "keys.h"
#include "timeouts.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kLeastTtl = std::chrono::seconds(60);

SourcePath at(int field) { return {MethodPolicy::kIdempotencyFieldNumber, field}; }

// CL032. A field's UUID4 implies the format.
KeyFormat format_of(const pb::MethodDescriptor& method, const Site& site,
                    const Idempotency& options) {
  const SourcePath path = at(Idempotency::kFormatFieldNumber);
  const auto* field = method.input_type()->FindFieldByName(options.key_field());
  const bool implied = field != nullptr && is_uuid4(*field);
  if (!options.has_format()) return implied ? KeyFormat::uuid4 : KeyFormat::printable;
  if (options.format() == Idempotency::PRINTABLE) {
    if (implied) {
      site.complain_at("CL032", path,
                       "idempotency.format = PRINTABLE, but " + options.key_field() +
                           " says (google.api.field_info).format = UUID4");
    }
    return KeyFormat::printable;
  }
  if (field != nullptr && field->type() == pb::FieldDescriptor::TYPE_BYTES) {
    site.complain_at("CL032", path,
                     "idempotency.format of a UUID is for text, and " + options.key_field() +
                         " is of type bytes; use string, or PRINTABLE");
  }
  return options.format() == Idempotency::UUID ? KeyFormat::uuid : KeyFormat::uuid4;
}

// CL034: the key has to outlive the last attempt of the longest call.
void check_ttl_of_method(const Site& site, const MethodPolicy& options, const Policy& policy) {
  const Idempotency& idempotency = options.idempotency();
  const nanoseconds ttl = policy.served_key->values.ttl;
  const auto most = options.has_max_timeout() ? positive(options.max_timeout()) : std::nullopt;
  const nanoseconds longest = most.value_or(policy.default_timeout);
  if (ttl < kLeastTtl || longest <= ttl / 2) return;  // complained of already, or fine
  site.complain_at("CL034",
                   idempotency.has_ttl() ? at(Idempotency::kTtlFieldNumber)
                                         : SourcePath{MethodPolicy::kIdempotencyFieldNumber},
                   "the ttl of " + config::to_readable(ttl) + " is less than twice the " +
                       (most ? "max_timeout of " : "timeout of ") + config::to_readable(longest) +
                       "; a late attempt would come after its key is forgotten");
}

// CL035, and the half of CL042 that is about FAIL.
void check_effects(const pb::MethodDescriptor& method, const Site& site,
                   const Idempotency& options) {
  const bool external = options.effects() == Idempotency::EXTERNAL;
  const bool reruns = options.on_lease_expiry() == Idempotency::RERUN;
  const bool idempotent = method.options().idempotency_level() == pb::MethodOptions::IDEMPOTENT;
  if (reruns && external && !idempotent) {
    site.complain_at("CL035", at(Idempotency::kOnLeaseExpiryFieldNumber),
                     "on_lease_expiry = RERUN would repeat EXTERNAL effects whose outcome nobody "
                     "knows; say where the effects are, or idempotency_level = IDEMPOTENT");
  }
  if (!reruns && !external) {
    site.complain_at("CL042", at(Idempotency::kEffectsFieldNumber),
                     "effects = " + std::string(Idempotency::Effects_Name(options.effects())) +
                         " can be repeated after a crash; say on_lease_expiry: RERUN");
  }
}

// CL038, and the half of CL042 that is about how long the downstream remembers.
void check_times(const Site& site, const Idempotency& options, const Policy& policy) {
  const KeyPolicy& values = policy.served_key->values;
  const SourcePath path = at(Idempotency::kMaxExecutionFieldNumber);
  const std::string given = "max_execution of " + config::to_readable(values.max_execution);
  if (options.has_max_execution() && values.max_execution < policy.default_timeout) {
    site.warn_at(
        "CL038", path,
        given + " is less than the timeout of " + config::to_readable(policy.default_timeout));
  }
  if (options.has_max_execution() && values.max_execution > values.ttl / 2) {
    site.complain_at("CL038", path,
                     given + " is more than half of the ttl of " + config::to_readable(values.ttl));
  }
  if (options.effects() != Idempotency::DOWNSTREAM_KEYED) return;
  if (!options.has_downstream_ttl()) {
    site.complain_at("CL042", at(Idempotency::kEffectsFieldNumber),
                     "effects = DOWNSTREAM_KEYED needs downstream_ttl: how long the downstream "
                     "remembers keys");
  } else if (values.downstream_ttl.count() > 0 &&
             values.downstream_ttl - values.max_execution <= values.max_execution) {
    site.complain_at("CL042", at(Idempotency::kDownstreamTtlFieldNumber),
                     "downstream_ttl of " + config::to_readable(values.downstream_ttl) +
                         " is not more than twice the " + given);
  }
}

// CL036: codes that cannot say that nothing was done.
std::uint32_t release_codes(const Site& site, const Idempotency& options) {
  constexpr std::uint32_t kNever = bit(StatusCode::OK) | bit(StatusCode::CANCELLED) |
                                   bit(StatusCode::DEADLINE_EXCEEDED) | bit(StatusCode::UNKNOWN) |
                                   bit(StatusCode::INTERNAL);
  std::uint32_t codes = 0;
  for (int i = 0; i < options.release_on_size(); ++i) {
    const int code = options.release_on(i);
    SourcePath path = at(Idempotency::kReleaseOnFieldNumber);
    path.push_back(i);
    if (code < 0 || code >= config::kStatusCodes) {
      site.complain_at("CL036", path, "release_on: " + std::to_string(code) + " is no status code");
      continue;
    }
    const std::string name(to_string(static_cast<Code>(code)));
    if ((kNever & bit(code)) != 0) {
      site.complain_at("CL036", path,
                       "release_on: " + name + " is no promise that nothing was done");
    } else if ((codes & bit(code)) != 0) {
      site.warn_at("CL016", path, "release_on: " + name + " is listed twice");
    }
    codes |= bit(code);
  }
  return codes;
}

// CL037.
std::vector<FieldNumbers> excluded_paths(const pb::MethodDescriptor& method, const Site& site,
                                         const Idempotency& options, std::uint32_t key_field) {
  std::vector<FieldNumbers> paths;
  for (int i = 0; i < options.fingerprint_exclude_size(); ++i) {
    const std::string& text = options.fingerprint_exclude(i);
    FoundPath found = find_path(*method.input_type(), text);
    if (found.numbers == FieldNumbers{key_field}) {
      found.fault = "the key is no part of the fingerprint anyway";
    }
    if (!found.fault.empty()) {
      SourcePath path = at(Idempotency::kFingerprintExcludeFieldNumber);
      path.push_back(i);
      site.complain_at("CL037", path, "fingerprint_exclude = " + quoted(text) + ": " + found.fault);
      continue;
    }
    paths.push_back(std::move(found.numbers));
  }
  return tidy(std::move(paths));
}

// CL033 and CL039.
std::vector<std::string> check_scope(const Site& site, const Idempotency& options) {
  if (options.scope() == Idempotency::SHARED) {
    site.warn_at("CL039", at(Idempotency::kScopeFieldNumber),
                 "scope = SHARED: whoever knows or guesses a key gets the answer that another "
                 "caller got");
  }
  std::set<std::string> seen;
  for (int i = 0; i < options.scope_metadata_size(); ++i) {
    const std::string& name = options.scope_metadata(i);
    const char* fault = fault_of_metadata_key(name);
    if (name == options.metadata_key()) fault = "this is the key itself";
    if (!seen.insert(name).second) fault = "named twice";
    if (fault == nullptr) continue;
    SourcePath path = at(Idempotency::kScopeMetadataFieldNumber);
    path.push_back(i);
    site.complain_at("CL033", path, "scope_metadata = " + quoted(name) + ": " + fault);
  }
  return {options.scope_metadata().begin(), options.scope_metadata().end()};
}

KeyPolicy values_of(const Idempotency& options) {
  KeyPolicy values;
  if (options.effects() == Idempotency::TRANSACTIONAL) values.effects = Effects::transactional;
  if (options.effects() == Idempotency::DOWNSTREAM_KEYED) {
    values.effects = Effects::downstream_keyed;
    values.downstream_ttl = positive(options.downstream_ttl()).value_or(nanoseconds{});
  }
  values.optional = options.requirement() == Idempotency::OPTIONAL;
  values.rerun = options.on_lease_expiry() == Idempotency::RERUN;
  values.reject_in_progress = options.on_in_progress() == Idempotency::REJECT;
  values.shared_scope = options.scope() == Idempotency::SHARED;
  if (options.has_max_response_bytes()) values.max_response_bytes = options.max_response_bytes();
  return values;
}

// The handler may run as long as its caller waits by default, unless the .proto says how long.
nanoseconds max_execution_of(const Idempotency& options, const Policy& policy) {
  nanoseconds usual = KeyPolicy().max_execution;
  if (policy.default_timeout.count() > 0 && policy.default_timeout != nanoseconds::max()) {
    usual = policy.default_timeout;
  }
  return options.has_max_execution() ? positive(options.max_execution()).value_or(usual) : usual;
}

}  // namespace

void check_ttl(const Site& site, const SourcePath& path, std::string_view name,
               const std::string& ttl) {
  const auto value = site.duration(path, name, ttl);
  if (!value || *value >= kLeastTtl) return;
  site.complain_at("CL034", path,
                   std::string(name) + " = " + quoted(ttl) + ": must be at least " +
                       config::to_readable(kLeastTtl));
}

void resolve_served_key(const pb::MethodDescriptor& method, Problems& problems, Policy& policy) {
  const MethodPolicy& options = options_of(method);
  if (!options.has_idempotency()) return;
  const bool unary = !method.client_streaming() && !method.server_streaming();
  if (!unary) return;  // complained of already
  const Idempotency& idempotency = options.idempotency();
  const Site site(method, problems);
  ServedKey& served = policy.served_key.emplace();
  served.values = values_of(idempotency);
  served.values.format = format_of(method, site, idempotency);
  served.values.ttl = ttl_of(method);
  served.values.max_execution = max_execution_of(idempotency, policy);
  served.values.release_on = release_codes(site, idempotency);
  served.scope_metadata = check_scope(site, idempotency);
  served.shapes = shapes_of(*method.input_type());
  served.excluded = excluded_paths(method, site, idempotency, policy.key.field);
  check_ttl_of_method(site, options, policy);
  check_effects(method, site, idempotency);
  check_times(site, idempotency, policy);
}

}  // namespace cpp_lite::plugin
