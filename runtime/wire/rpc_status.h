// google.rpc.Status by hand: what grpc-status-details-bin carries, and the one of its details that
// the runtime reads. A handful of fields does not justify generated messages in the runtime.
#pragma once

#include <cpp_lite/status.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::wire {

// message google.rpc.Status { int32 code = 1; string message = 2; repeated Any details = 3; }
// message google.protobuf.Any { string type_url = 1; bytes value = 2; }
struct RpcStatus {
  std::int32_t code = 0;
  std::string message;
  std::vector<StatusDetail> details;
};

// The serialized form of a status with this message, as it is sent, and the status's own details.
std::string encode_rpc_status(const Status& status, std::string_view message);
// False: these bytes are no google.rpc.Status. Unknown fields are skipped.
bool decode_rpc_status(std::string_view bytes, RpcStatus& out);

// message google.rpc.RetryInfo { Duration retry_delay = 1; }
// message google.protobuf.Duration { int64 seconds = 1; int32 nanos = 2; }
// Nothing: no such message, or a delay that is negative. One beyond 292 years is cut to that.
std::optional<std::chrono::nanoseconds> decode_retry_info(std::string_view bytes);

}  // namespace cpp_lite::wire
