#include "keys.h"

#include <cpp_lite/reserved_keys.h>
#include <google/protobuf/compiler/cpp/names.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "field_info.h"
#include "options.h"
#include "served_key.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

using Field = pb::FieldDescriptor;

constexpr const char* kRequestId = "request_id";

bool is_unary(const pb::MethodDescriptor& method) {
  return !method.client_streaming() && !method.server_streaming();
}

// The request's own field of this name, if it is one string.
const Field* string_field(const pb::MethodDescriptor& method, const char* name) {
  const Field* field = method.input_type()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated()) return nullptr;
  return field->type() == Field::TYPE_STRING ? field : nullptr;
}

// AIP-155: the field that makes a request recognisable.
const Field* uuid4_request_id(const pb::MethodDescriptor& method) {
  if (!is_unary(method)) return nullptr;
  const Field* field = string_field(method, kRequestId);
  if (field == nullptr || field->real_containing_oneof() != nullptr) return nullptr;
  return is_uuid4(*field) ? field : nullptr;
}

Key key_in(const Field& field, bool client_generates) {
  return {.field = static_cast<std::uint32_t>(field.number()),
          .name = field.name(),
          .accessor = pb::compiler::cpp::FieldName(&field),
          .client_generates = client_generates};
}

// CL031: what is wrong with this field as a key; nothing if it is fine.
std::string fault_of(const Field* field, const pb::MethodDescriptor& method,
                     const std::string& name) {
  const std::string request(method.input_type()->full_name());
  if (name.find('.') != std::string::npos) {
    return "the key has to be a field of " + request + " itself";
  }
  if (field == nullptr) return request + " has no field of that name";
  if (field->is_repeated()) return "the field is repeated; a request has one key";
  if (field->real_containing_oneof() != nullptr) {
    return "the field is part of a oneof, so that a generated key would replace another member";
  }
  const bool fits = field->type() == Field::TYPE_STRING || field->type() == Field::TYPE_BYTES;
  return fits ? "" : "the field is neither string nor bytes";
}

// docs/rules.md, "Keys made up": a key that dies with the call cannot protect the application's own
// repetition.
bool generates(const Idempotency& idempotency) {
  return idempotency.has_client_generates() ? idempotency.client_generates()
                                            : idempotency.effects() != Idempotency::EXTERNAL;
}

Key key_field(const pb::MethodDescriptor& method, const Site& site,
              const Idempotency& idempotency) {
  const SourcePath path = {MethodPolicy::kIdempotencyFieldNumber,
                           Idempotency::kKeyFieldFieldNumber};
  const std::string name = idempotency.key_field();
  const std::string given = "idempotency.key_field = " + quoted(name) + ": ";
  const Field* field = method.input_type()->FindFieldByName(name);
  if (const std::string fault = fault_of(field, method, name); !fault.empty()) {
    site.complain_at("CL031", path, given + fault);
    return {};
  }
  if (!is_required(*field)) return key_in(*field, generates(idempotency));
  if (idempotency.client_generates()) {
    site.complain_at("CL031", path,
                     given + "the field is REQUIRED, so client_generates has nothing to do");
  }
  return key_in(*field, false);
}

Key metadata_key(const Site& site, const Idempotency& idempotency) {
  const std::string& name = idempotency.metadata_key();
  if (const char* fault = fault_of_metadata_key(name)) {
    site.complain_at("CL033",
                     {MethodPolicy::kIdempotencyFieldNumber, Idempotency::kMetadataKeyFieldNumber},
                     "idempotency.metadata_key = " + quoted(name) + ": " + fault);
    return {};
  }
  return {.metadata = name, .client_generates = generates(idempotency)};
}

void check_idempotency_durations(const Site& site, const Idempotency& idempotency) {
  const int field = MethodPolicy::kIdempotencyFieldNumber;
  if (idempotency.has_ttl()) {
    check_ttl(site, {field, Idempotency::kTtlFieldNumber}, "idempotency.ttl", idempotency.ttl());
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

Key explicit_key(const pb::MethodDescriptor& method, const Site& site,
                 const Idempotency& idempotency) {
  const SourcePath path = {MethodPolicy::kIdempotencyFieldNumber};
  check_idempotency_durations(site, idempotency);
  constexpr int kIdempotency = MethodPolicy::kIdempotencyFieldNumber;
  site.complain_of_both("CL031", {kIdempotency, Idempotency::kKeyFieldFieldNumber},
                        {kIdempotency, Idempotency::kMetadataKeyFieldNumber},
                        "idempotency.key_field and idempotency.metadata_key: a call has one key");
  if (method.options().idempotency_level() == pb::MethodOptions::NO_SIDE_EFFECTS) {
    site.complain_at("CL041", path, "a method of NO_SIDE_EFFECTS needs no key");
  }
  if (!is_unary(method)) {
    site.complain_at("CL030", path,
                     "idempotency on a method that streams: a key names one request, and its "
                     "answer is one message");
    return {};
  }
  switch (idempotency.key_case()) {
    case Idempotency::kKeyField:
      return key_field(method, site, idempotency);
    case Idempotency::kMetadataKey:
      return metadata_key(site, idempotency);
    default:
      site.complain_at("CL031", path, "idempotency names no key; state key_field or metadata_key");
      return {};
  }
}

Safety level_of(const pb::MethodDescriptor& method) {
  switch (method.options().idempotency_level()) {
    case pb::MethodOptions::IDEMPOTENT:
      return Safety::idempotent;
    case pb::MethodOptions::NO_SIDE_EFFECTS:
      return Safety::no_side_effects;
    default:
      return Safety::unsafe;
  }
}

// CL040: a request that looks as if it could be recognised, and nothing that says so.
void check_forgotten_key(const pb::MethodDescriptor& method, const Site& site,
                         const Parameters& parameters) {
  if (!is_unary(method)) return;
  for (const char* name : {"idempotency_key", kRequestId}) {
    const Field* field = string_field(method, name);
    if (parameters.aip155 != Aip155::strict || field == nullptr || !is_uuid4(*field)) continue;
    site.complain("CL040",
                  std::string(name) +
                      " is a UUID4, but the method says nothing of idempotency; aip155=strict "
                      "asks for (cpp_lite.method).idempotency or idempotency_level");
    return;
  }
  for (const char* name : {"idempotency_key", kRequestId}) {
    if (string_field(method, name) == nullptr) continue;
    site.warn("CL040", std::string("the request has a field ") + name +
                           ", but the method says nothing of idempotency, so a lost call is not "
                           "repeated; state (cpp_lite.method).idempotency or idempotency_level");
    return;
  }
}

}  // namespace

bool has_idempotency_level(const pb::MethodDescriptor& method) {
  return method.options().idempotency_level() != pb::MethodOptions::IDEMPOTENCY_UNKNOWN;
}

const char* fault_of_metadata_key(std::string_view name) {
  // Beside those that the runtime reserves. The last two are for proxies and answers.
  constexpr std::string_view kWellKnown[] = {
      "accept", "accept-encoding",       "authorization",      "cookie",
      "date",   "x-envoy-attempt-count", "idempotent-replayed"};
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-';
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), allowed)) {
    return "expected lower-case letters, digits and \"_.-\"";
  }
  if (name.starts_with("grpc-")) return "names that begin with \"grpc-\" are reserved";
  if (name.starts_with("cpp-lite-")) return "names that begin with \"cpp-lite-\" are reserved";
  if (name.ends_with("-bin")) return "a key is text, and \"-bin\" is for bytes";
  const bool taken =
      cpp_lite::detail::is_reserved_key(name) ||
      std::find(std::begin(kWellKnown), std::end(kWellKnown), name) != std::end(kWellKnown);
  return taken ? "this header means something else" : nullptr;
}

void resolve_key(const pb::MethodDescriptor& method, const Run& run, Policy& policy) {
  const Site site(method, run.problems);
  const MethodPolicy& options = options_of(method);
  policy.safety = level_of(method);
  if (options.has_idempotency()) {
    policy.safety = Safety::keyed;
    policy.key = explicit_key(method, site, options.idempotency());
    return;
  }
  if (policy.safety != Safety::unsafe) return;
  const Field* request_id = uuid4_request_id(method);
  if (request_id != nullptr && run.parameters.aip155 == Aip155::client) {
    policy.safety = Safety::keyed;
    policy.key = key_in(*request_id, !is_required(*request_id));
    return;
  }
  check_forgotten_key(method, site, run.parameters);
}

}  // namespace cpp_lite::plugin
