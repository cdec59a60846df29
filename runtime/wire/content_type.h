// What a content-type says about a body.
#pragma once

#include <cstdint>
#include <string_view>

namespace cpp_lite::wire {

inline constexpr std::string_view kGrpcContentType = "application/grpc";

enum class BodyKind : std::uint8_t {
  not_grpc,     // "text/html", "application/grpc-web", nothing at all
  proto,        // "application/grpc", "application/grpc+proto", with or without parameters
  other_codec,  // "application/grpc+json"
};
// Case does not count (RFC 9110 8.3.1).
BodyKind body_kind(std::string_view content_type);

}  // namespace cpp_lite::wire
