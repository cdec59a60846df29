// The names of the gRPC status codes as JSON and option texts write them. Pure; the generator
// compiles this file too, and so it does without Status.
#pragma once

#include <optional>
#include <string_view>

namespace cpp_lite::config {

inline constexpr int kStatusCodes = 17;  // 0 (OK) to 16

// "UNAVAILABLE", whatever its letters' case, is 14.
std::optional<int> parse_status_code(std::string_view name);
// Of 0 to 16, in the specification's spelling.
std::string_view status_code_name(int code);

}  // namespace cpp_lite::config
