// google.rpc.Status by hand: what grpc-status-details-bin carries. Three fields do not justify a
// generated message in the runtime.
#pragma once

#include <cpp_lite/status.h>

#include <cstdint>
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

}  // namespace cpp_lite::wire
