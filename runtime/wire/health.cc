#include "wire/health.h"

#include "wire/proto_fields.h"

namespace cpp_lite::wire {

std::string_view to_string(HealthStatus status) {
  switch (status) {
    case HealthStatus::unknown:
      break;
    case HealthStatus::serving:
      return "SERVING";
    case HealthStatus::not_serving:
      return "NOT_SERVING";
    case HealthStatus::service_unknown:
      return "SERVICE_UNKNOWN";
  }
  return "UNKNOWN";
}

std::string encode_health_request(std::string_view service) {
  std::string out;
  if (!service.empty()) put_bytes(1, service, out);
  return out;
}

std::optional<HealthStatus> decode_health_status(std::string_view response) {
  std::uint64_t status = 0;
  for (FieldCursor cursor(response); !cursor.done();) {
    if (!cursor.next()) return std::nullopt;
    if (cursor.is(1, kVarint)) status = cursor.number();
  }
  return HealthStatus{status};
}

}  // namespace cpp_lite::wire
