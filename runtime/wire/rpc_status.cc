#include "wire/rpc_status.h"

#include <cstddef>
#include <utility>

#include "wire/proto_fields.h"

namespace cpp_lite::wire {
namespace {

std::string encode_any(const StatusDetail& detail) {
  std::string any;
  if (!detail.type_url.empty()) put_bytes(1, detail.type_url, any);
  if (!detail.value.empty()) put_bytes(2, detail.value, any);
  return any;
}

bool decode_any(std::string_view bytes, StatusDetail& out) {
  for (FieldCursor cursor(bytes); !cursor.done();) {
    if (!cursor.next()) return false;
    if (cursor.is(1, kBytes)) out.type_url = cursor.bytes();
    if (cursor.is(2, kBytes)) out.value = cursor.bytes();
  }
  return true;
}

// False: malformed, or no Duration that waits.
bool decode_duration(std::string_view bytes, std::chrono::nanoseconds& out) {
  constexpr std::int64_t kMostSeconds = std::chrono::nanoseconds::max() / std::chrono::seconds(1);
  std::int64_t seconds = 0, nanos = 0;
  for (FieldCursor cursor(bytes); !cursor.done();) {
    if (!cursor.next()) return false;
    if (cursor.is(1, kVarint)) seconds = static_cast<std::int64_t>(cursor.number());
    if (cursor.is(2, kVarint)) nanos = static_cast<std::int64_t>(cursor.number());
  }
  if (seconds < 0 || nanos < 0 || nanos >= 1'000'000'000) return false;
  out = seconds < kMostSeconds ? std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanos)
                               : std::chrono::nanoseconds::max();
  return true;
}

}  // namespace

std::string encode_rpc_status(const Status& status, std::string_view message) {
  std::string out;
  if (!status.ok()) {
    put_varint(1 << 3 | kVarint, out);
    put_varint(static_cast<std::uint64_t>(status.code()), out);
  }
  if (!message.empty()) put_bytes(2, message, out);
  for (const StatusDetail& detail : status.raw_details()) put_bytes(3, encode_any(detail), out);
  return out;
}

bool decode_rpc_status(std::string_view bytes, RpcStatus& out) {
  for (FieldCursor cursor(bytes); !cursor.done();) {
    if (!cursor.next()) return false;
    if (cursor.is(1, kVarint)) out.code = static_cast<std::int32_t>(cursor.number());
    if (cursor.is(2, kBytes)) out.message = cursor.bytes();
    if (!cursor.is(3, kBytes)) continue;
    StatusDetail detail;
    if (!decode_any(cursor.bytes(), detail)) return false;
    out.details.push_back(std::move(detail));
  }
  return true;
}

std::optional<std::chrono::nanoseconds> decode_retry_info(std::string_view bytes) {
  std::optional<std::chrono::nanoseconds> delay;
  for (FieldCursor cursor(bytes); !cursor.done();) {
    if (!cursor.next()) return std::nullopt;
    if (!cursor.is(1, kBytes)) continue;
    if (!decode_duration(cursor.bytes(), delay.emplace())) return std::nullopt;
  }
  return delay;
}

}  // namespace cpp_lite::wire
