// google.rpc.ErrorInfo and google.rpc.BadRequest as details of a Status, without the generated
// messages: reasons for programs to read.
#pragma once

#include <cpp_lite/status.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpp_lite::policy {

// Why a policy of this side ended a call before it was sent.
inline constexpr std::string_view kCircuitOpen = "CIRCUIT_OPEN";
inline constexpr std::string_view kBulkheadFull = "BULKHEAD_FULL";
inline constexpr std::string_view kThrottled = "ADAPTIVE_THROTTLE";
inline constexpr std::string_view kRateLimited = "RATE_LIMITED";
// Whether it is one of the first three.
bool is_refusal_reason(std::string_view reason);

// {reason, domain: "cpp-lite", metadata}
StatusDetail error_info(std::string_view reason,
                        const std::vector<std::pair<std::string, std::string>>& metadata = {});
// {field_violations: {field, description}}
StatusDetail bad_request(std::string_view field, std::string_view description);
// The reason of an ErrorInfo, whatever its domain; empty: it is none, or has none. Valid as long as
// the detail.
std::string_view error_reason(const StatusDetail& detail);

// UNAVAILABLE, made here before anything was sent. The phase tells a server that forwards it that
// this is no word of its own handler.
Status refusal(std::string_view reason, std::string message, std::string phase);

}  // namespace cpp_lite::policy
