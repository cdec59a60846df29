// The names of records, and the keys that are handed on downstream (docs/rules.md, "Record").
#pragma once

#include <cpp_lite/idempotency.h>

#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::idempotency {

// Whose keys they are.
struct Scope {
  std::string kind;  // "principal", "anonymous", "shared"
  std::string issuer, subject;
  std::vector<std::string> values;  // of the metadata that names the tenant
};
// Who it is, without the values: principal "issuer" "subject". Different ones have different texts:
// quotas count by it, and a caller chooses its values freely.
std::string holder_of(const Scope& scope);
// For people: the key with the values that belong to it, as in: order-7 [tenant].
std::string key_in(const Scope& scope, std::string key);

// SHA-256("cl-idem-v1" || LP(scope) || LP(full method) || LP(key)); the key in canonical form.
Id record_id(const Scope& scope, std::string_view method, std::string_view key);

// The same for every execution of one life of a key, and for no other.
std::string downstream_key(const Digest& secret, const Id& id, Time first_begin,
                           std::string_view label);

}  // namespace cpp_lite::idempotency
