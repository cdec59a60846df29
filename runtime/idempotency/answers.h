// What clients are told: docs/rules.md, "Answers". Pure.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/keyed_server.h>

#include <string>
#include <string_view>

namespace cpp_lite::idempotency {

inline constexpr std::string_view kInProgress = "IDEMPOTENCY_IN_PROGRESS";
inline constexpr std::string_view kKeyReused = "IDEMPOTENCY_KEY_REUSED";
inline constexpr std::string_view kKeyRequired = "IDEMPOTENCY_KEY_REQUIRED";
inline constexpr std::string_view kKeyInvalid = "IDEMPOTENCY_KEY_INVALID";
inline constexpr std::string_view kOutcomeUnknown = "IDEMPOTENCY_OUTCOME_UNKNOWN";
inline constexpr std::string_view kStoreUnavailable = "IDEMPOTENCY_STORE_UNAVAILABLE";
inline constexpr std::string_view kNotRetained = "IDEMPOTENCY_RESPONSE_NOT_RETAINED";
inline constexpr std::string_view kQuota = "IDEMPOTENCY_QUOTA";
inline constexpr std::string_view kScopeInvalid = "IDEMPOTENCY_SCOPE_INVALID";

Status busy(Milliseconds lease_left);
Status mismatch(const Method& method);
Status key_required();
Status key_invalid(std::string_view why);
// The metadata `name`, which is part of whose key it is, is not what it should be.
Status scope_invalid(std::string_view name, std::string_view why);
// attempt 0: not known.
Status outcome_unknown(std::uint32_t attempt, std::optional<Time> since);
Status store_unavailable(std::string_view why);  // nothing was executed
Status full(std::string_view why);               // likewise
Status too_many_orphans();                       // likewise
// Run again by the next request: the handler's words, a pause, no marker.
Status yielded(const Status& handler, Milliseconds pause);

// The handler's answer as it is stored, and the other way.
StoredResult stored(const HandlerEnd& end, const IdempotencyOptions& options,
                    std::uint32_t max_bytes);
KeyedAnswer replay(const StoredResult& result, const IdempotencyOptions& options);

}  // namespace cpp_lite::idempotency
