// What a server says about another attempt, beside its status (docs/wire.md, "Trailers"). Pure.
#pragma once

#include <cpp_lite/status.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "wire/fields.h"

namespace cpp_lite::wire {

// gRFC A6: when to try again, in milliseconds; negative: not at all.
inline constexpr std::string_view kPushbackName = "grpc-retry-pushback-ms";
// "1": the server's runtime proves that nothing was executed. Only in Trailers-Only.
inline constexpr std::string_view kNotExecutedName = "cpp-lite-not-executed";
// The id of the store that remembers keyed calls.
inline constexpr std::string_view kStoreName = "cpp-lite-store";

// Views point into the fields that were read.
struct RetryHints {
  std::vector<std::string_view> pushbacks = {};  // each value as it came; one at most is proper
  bool not_executed = false;                     // whoever asks knows whether it is Trailers-Only
  std::string_view store = {};

  void field(std::string_view name, std::string_view value);
};

// Of response headers, trailers or Trailers-Only.
template <FieldSource Fields>
RetryHints read_retry_hints(const Fields& fields) {
  RetryHints hints;
  for (std::size_t i = 0; i < fields.size(); ++i) hints.field(fields.name(i), fields.value(i));
  return hints;
}

// google.rpc.RetryInfo in the details: wait at least so long. The longest of several.
std::optional<std::chrono::nanoseconds> retry_info(const Status& status);

}  // namespace cpp_lite::wire
