// By what a request is told from another one with the same key (docs/rules.md, "Fingerprint").
// Pure.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/keyed.h>
#include <cpp_lite/method.h>

#include <cstdint>
#include <optional>
#include <span>

namespace cpp_lite::idempotency {

// Of the request's canonical form without its key. Nothing: these bytes are no such message. A
// policy without shapes, of a service that no .proto describes, takes the bytes as they are.
std::optional<Fingerprint> fingerprint(std::span<const std::uint8_t> request, const Method& method,
                                       const KeyPolicy& policy);

}  // namespace cpp_lite::idempotency
