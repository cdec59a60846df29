// A duration as the .proto options and the service config write it: a proto3-JSON string such as
// "0.1s".
//
// The value is seconds and nanoseconds apart, because the largest legal duration (10,000 years)
// does not fit into std::chrono::nanoseconds. Pure functions; the generator compiles this file too.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cpp_lite::config {

// Both numbers carry the sign, as in google.protobuf.Duration: -1.5 s is {-1, -500'000'000}.
struct Duration {
  std::int64_t seconds = 0;
  std::int32_t nanos = 0;

  friend auto operator<=>(const Duration&, const Duration&) = default;
};

// The bound of google.protobuf.Duration, about 10,000 years.
inline constexpr std::int64_t kMaxDurationSeconds = 315'576'000'000;

// Reads ^-?[0-9]{1,12}(\.[0-9]{1,9})?s$ of at most kMaxDurationSeconds either way. Anything else is
// nullopt: no sign "+", no space, no exponent, no digit missing on either side of the point.
std::optional<Duration> parse_duration(std::string_view text);

// Exact where nanoseconds can hold it. Beyond that (292 years) the result is the last whole
// millisecond that they hold, never nanoseconds::max(), because that value stands for "no
// deadline".
std::chrono::nanoseconds to_nanoseconds(Duration duration);

// For people: "30 s", "1.5 s", "200 ms", "50 us", "7 ns".
std::string to_readable(std::chrono::nanoseconds duration);

}  // namespace cpp_lite::config
