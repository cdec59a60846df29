// The gRPC status codes as JSON and option texts write them. Pure; the generator compiles this
// file, too.
#pragma once

#include <optional>
#include <string_view>

namespace cpp_lite::config {

inline constexpr int kStatusCodes = 17;  // 0 (OK) to 16

// "UNAVAILABLE", whatever its letters' case, is 14.
std::optional<int> parse_status_code(std::string_view name);

}  // namespace cpp_lite::config
