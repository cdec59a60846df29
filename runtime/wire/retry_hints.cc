#include "wire/retry_hints.h"

#include <algorithm>

#include "wire/rpc_status.h"

namespace cpp_lite::wire {

void RetryHints::field(std::string_view name, std::string_view value) {
  if (name == kPushbackName) {
    pushbacks.push_back(value);
  } else if (name == kNotExecutedName) {
    not_executed = value == "1";
  } else if (name == kStoreName) {
    store = value;
  }
}

std::optional<std::chrono::nanoseconds> retry_info(const Status& status) {
  std::optional<std::chrono::nanoseconds> longest;
  for (const StatusDetail& detail : status.raw_details()) {
    if (!detail.type_url.ends_with("/google.rpc.RetryInfo")) continue;
    if (const auto delay = decode_retry_info(detail.value)) {
      longest = std::max(longest.value_or(*delay), *delay);
    }
  }
  return longest;
}

}  // namespace cpp_lite::wire
