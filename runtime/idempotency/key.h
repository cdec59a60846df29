// The key of a request: found, judged, and in its canonical form (docs/rules.md, "Key validation").
// Pure.
#pragma once

#include <cpp_lite/keyed.h>
#include <cpp_lite/metadata.h>
#include <cpp_lite/method.h>
#include <cpp_lite/result.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cpp_lite::idempotency {

// Nothing: the request has no key, or an empty one. An error says in words what is wrong with it.
Result<std::optional<std::string>> key_of(std::span<const std::uint8_t> request,
                                          const Metadata& metadata, const Method& method,
                                          const KeyPolicy& policy);

// What the last top-level field of that number holds; nothing: there is none, or the bytes are no
// message.
std::optional<std::string_view> text_field(std::span<const std::uint8_t> message,
                                           std::uint32_t number);
// A key in metadata: a bare value or a string of RFC 8941 section 3.3.3, in quotes.
std::optional<std::string> unquoted(std::string_view value);
// In the form by which keys are compared; an error for what is none. Of UUIDs the case does not
// count (AIP-202).
Result<std::string> canonical_key(std::string_view key, KeyFormat format);

}  // namespace cpp_lite::idempotency
