#include "idempotency/fingerprint.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "idempotency/canonical.h"
#include "idempotency/sha256.h"

namespace cpp_lite::idempotency {
namespace {

using detail::FieldPath;

// What is hashed, so that it equals no hash of anything else. The number is
// Fingerprint::algorithm: another canonical form is another algorithm.
constexpr std::string_view kRequest = "cl-fp-v1", kExclusions = "cl-fp-excluded-v1";

std::optional<Digest> digest_without(ByteView request, const KeyPolicy& policy,
                                     std::span<const FieldPath> omitted) {
  if (policy.shapes.empty()) return Sha256().add(kRequest).add(request).finish();
  const auto bytes = canonical(request, policy.shapes, omitted);
  if (!bytes) return std::nullopt;
  return Sha256().add(kRequest).add(*bytes).finish();
}

Digest digest_of(std::span<const FieldPath> excluded);

// Of most methods.
const Digest& digest_of_none() {
  static const Digest digest = digest_of(std::span<const FieldPath>());
  return digest;
}

Digest digest_of(std::span<const FieldPath> excluded) {
  Sha256 hash;
  hash.add(kExclusions);
  for (const FieldPath path : excluded) {
    std::string text;
    for (const std::uint32_t number : path) text.append(1, '.').append(std::to_string(number));
    hash.add_sized(text);
  }
  return hash.finish();
}

}  // namespace

std::optional<Fingerprint> fingerprint(std::span<const std::uint8_t> request, const Method& method,
                                       const KeyPolicy& policy) {
  const std::array<std::uint32_t, 1> key = {method.key_field};
  std::vector<FieldPath> omitted;
  if (method.key_field != 0) omitted.emplace_back(key);
  const auto full = digest_without(request, policy, omitted);
  if (!full) return std::nullopt;
  Fingerprint result{.reduced = *full, .full = *full, .excluded = digest_of_none()};
  if (policy.excluded.empty()) return result;
  result.excluded = digest_of(policy.excluded);
  omitted.insert(omitted.end(), policy.excluded.begin(), policy.excluded.end());
  const auto reduced = digest_without(request, policy, omitted);
  if (!reduced) return std::nullopt;
  result.reduced = *reduced;
  return result;
}

}  // namespace cpp_lite::idempotency
