#include <cpp_lite/keyed_server.h>

#include <utility>

#include "policy/error_info.h"
#include "wire/rpc_status.h"

namespace cpp_lite::detail {

StatusDetail error_info(std::string_view reason, const Facts& metadata) {
  return policy::error_info(reason, metadata);
}

StatusDetail bad_request(std::string_view field, std::string_view description) {
  return policy::bad_request(field, description);
}

std::string encode_details(const Status& status) {
  return wire::encode_rpc_status(status, status.message());
}

std::vector<StatusDetail> decode_details(std::string_view bytes) {
  wire::RpcStatus parsed;
  if (!wire::decode_rpc_status(bytes, parsed)) return {};
  return std::move(parsed.details);
}

}  // namespace cpp_lite::detail
