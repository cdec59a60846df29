// How a call ended, on the wire: grpc-status and its company in trailers, and what HTTP statuses
// and HTTP/2 resets mean where those are all there is. What this side finds wrong is in causes.h.
// Pure.
#pragma once

#include <cpp_lite/metadata.h>
#include <cpp_lite/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/fields.h"
#include "wire/metadata_fields.h"

namespace cpp_lite::wire {

// What grpc-message and grpc-status-details-bin may have together: 16 KiB, the limit of most peers
// and our own for a block, less some for all else. What is larger would cost the peer the whole
// status.
inline constexpr std::size_t kStatusRoom = 14 << 10;

// grpc-status, and for an error grpc-message and grpc-status-details-bin; then the metadata. The
// metadata must live until the fields were taken; the status need not. One over kStatusRoom is sent
// without its details, and if need be with the front of its message, and says so.
//
// An error's pushback goes with it, unless it is somebody else's: of what a peer asked of us as its
// client, only "do not repeat" holds for our clients, too (docs/rules.md, "Amplification").
void write_trailers(FieldWriter& out, const Status& status, const Metadata* metadata = nullptr);
// The whole response as one block: HTTP status and content-type in front. not_executed: the runtime
// proves it, whatever the status says of itself.
void write_trailers_only(FieldWriter& out, const Status& status, const Metadata* metadata = nullptr,
                         bool not_executed = false);

// Collects the status out of a block's fields; read_status() is the way in.
class StatusReader {
 public:
  void field(std::string_view name, std::string_view value);
  bool found() const { return code_.has_value(); }
  // With Origin::peer. Without grpc-status the answer comes from the HTTP status: UNKNOWN for 200.
  Status finish(int http_status) const;

 private:
  Status with_details(Status status) const;

  std::optional<std::string_view> code_, message_, details_;
  bool contradictory_ = false;
};

// The status in trailers or in a Trailers-Only block.
template <FieldSource Fields>
Status read_status(const Fields& trailers, int http_status = 200) {
  StatusReader reader;
  for (std::size_t i = 0; i < trailers.size(); ++i)
    reader.field(trailers.name(i), trailers.value(i));
  return reader.finish(http_status);
}

// A response with this HTTP status and without grpc-status (grpc/grpc,
// doc/http-grpc-status-mapping.md). 200 included: UNKNOWN.
Code code_of_http(int http_status);
Status status_of_http(int http_status);

// RST_STREAM or GOAWAY with this error code (RFC 9113 section 7; PROTOCOL-HTTP2.md, "Errors").
Code code_of_reset(std::uint32_t error);
Status status_of_reset(std::uint32_t error);
// "CANCEL"; "unknown error" for numbers that RFC 9113 does not name.
std::string_view name_of_reset(std::uint32_t error);

}  // namespace cpp_lite::wire
