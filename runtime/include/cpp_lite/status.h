// How a call ended: a code, a message for people, and details for programs.
#pragma once

#include <cpp_lite/attempt.h>
#include <cpp_lite/export.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpp_lite {

// The gRPC status codes (grpc/grpc doc/statuscodes.md). The numbers are the wire contract.
enum class Code : std::uint8_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

// The name in the specification's spelling, for example "NOT_FOUND".
CPP_LITE_API std::string_view to_string(Code code);

// Who made a status: the other side said so, or this side's runtime did.
enum class Origin : std::uint8_t { local, peer };

// One google.protobuf.Any of a status: a typed message as its type's name and its bytes.
struct StatusDetail {
  std::string type_url;  // "type.googleapis.com/" and the full name of the message
  std::string value;     // the serialized message
};

// A value type: cheap to copy; plain success holds no memory. Two threads may read one Status at a
// time; changing it is for one thread alone.
class [[nodiscard]] CPP_LITE_API Status {
 public:
  Status() noexcept = default;  // OK
  Status(Code code, std::string message);

  // For handlers and layers: an error that comes with the promise that nothing was done, so that
  // the client may send the call again whatever it does.
  static Status not_executed(Code code, std::string message);

  // For handlers of keyed methods: what was begun may have taken effect or not. Of code UNKNOWN.
  static Status outcome_unknown(std::string message);

  bool ok() const noexcept { return rep_ == nullptr || code() == Code::ok; }
  Code code() const noexcept;
  const std::string& message() const noexcept;

  Origin origin() const noexcept;
  // What a local status was doing when it failed, for example "connecting" or "sent"; else empty.
  std::string_view phase() const noexcept;

  // Nothing was executed: a handler or layer says so, or, at the client, it is proven of all
  // attempts.
  bool is_not_executed() const noexcept;
  bool is_outcome_unknown() const noexcept;  // a handler said so
  // How long the server asks its clients to wait before they try again (gRFC A6, pushback);
  // negative: they are not to. At the client: what the server said, if it can be understood.
  std::optional<std::chrono::milliseconds> pushback() const noexcept;
  Status& set_pushback(std::chrono::milliseconds delay);

  // Of a call that failed or was sent more than once: its attempts, oldest first.
  const std::vector<Attempt>& attempts() const noexcept;
  // Of a keyed call: its key, so that the application can ask again.
  const std::string& idempotency_key() const noexcept;

  // The details of one type, those that parse. T is a generated message (lite or full), for example
  // google::rpc::ErrorInfo.
  template <typename T>
  std::vector<T> details() const {
    std::vector<T> found;
    for (const StatusDetail& detail : raw_details()) {
      T message;
      if (names_type(detail, message.GetTypeName()) && message.ParseFromString(detail.value)) {
        found.push_back(std::move(message));
      }
    }
    return found;
  }

  // Adds a typed detail; it reaches the peer in grpc-status-details-bin. No effect on an OK status.
  template <typename T>
  Status& add_detail(const T& message) {
    return add_raw_detail(
        {"type.googleapis.com/" + std::string(message.GetTypeName()), message.SerializeAsString()});
  }

  const std::vector<StatusDetail>& raw_details() const noexcept;
  Status& add_raw_detail(StatusDetail detail);

  // For the runtime and for layers: no effect on an OK status.
  Status& set_origin(Origin origin);
  Status& set_phase(std::string phase);
  Status& set_not_executed(bool proven);
  // These have an effect on an OK status, too.
  Status& set_attempts(std::vector<Attempt> attempts);
  Status& set_idempotency_key(std::string key);

  // "UNAVAILABLE: connection refused (local, connecting)"; "OK" for success. Then a line for each
  // attempt, if there were several.
  std::string to_string() const;

  // Equal code and message; details and origin do not count.
  friend bool operator==(const Status& a, const Status& b) noexcept {
    return a.code() == b.code() && a.message() == b.message();
  }

 private:
  struct Rep;
  static bool names_type(const StatusDetail& detail, std::string_view type_name);
  Rep& own();  // un-shares rep_

  std::shared_ptr<Rep> rep_;  // null: OK. Shared between copies until one of them changes.
};

}  // namespace cpp_lite
