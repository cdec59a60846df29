// The two messages of grpc.health.v1, which clients need without code that is generated for them.
// Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cpp_lite::wire {

inline constexpr std::string_view kHealthWatch = "/grpc.health.v1.Health/Watch";

// HealthCheckResponse.ServingStatus. Others than these are possible.
enum class HealthStatus : std::uint64_t { unknown, serving, not_serving, service_unknown };
std::string_view to_string(HealthStatus status);  // "NOT_SERVING"

std::string encode_health_request(std::string_view service);
// Of a HealthCheckResponse. Nothing: that is none.
std::optional<HealthStatus> decode_health_status(std::string_view response);

}  // namespace cpp_lite::wire
