#include "wire/rpc_status.h"

#include <cstddef>
#include <utility>

namespace cpp_lite::wire {
namespace {

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void put_varint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void put_bytes(std::uint32_t field, std::string_view bytes, std::string& out) {
  put_varint(field << 3 | kBytes, out);
  put_varint(bytes.size(), out);
  out.append(bytes);
}

std::string encode_any(const StatusDetail& detail) {
  std::string any;
  if (!detail.type_url.empty()) put_bytes(1, detail.type_url, any);
  if (!detail.value.empty()) put_bytes(2, detail.value, any);
  return any;
}

// Reads the fields of one message one after the other.
class FieldCursor {
 public:
  explicit FieldCursor(std::string_view bytes) : rest_(bytes) {}

  bool done() const { return rest_.empty(); }
  // False: malformed. Else number(), and number or bytes as the type says.
  bool next() {
    std::uint64_t tag = 0;
    if (!varint(tag) || tag >> 3 == 0 || tag >> 32 != 0) return false;
    field_ = static_cast<std::uint32_t>(tag >> 3);
    type_ = static_cast<std::uint32_t>(tag & 7);
    switch (type_) {
      case kVarint:
        return varint(number_);
      case kFixed64:
        return cut(8);
      case kBytes:
        return varint(number_) && cut(number_);
      case kFixed32:
        return cut(4);
      default:
        return false;  // groups: nobody sends them here
    }
  }
  bool is(std::uint32_t field, WireType type) const { return field_ == field && type_ == type; }
  std::uint64_t number() const { return number_; }
  std::string_view bytes() const { return bytes_; }

 private:
  bool varint(std::uint64_t& value) {
    value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }
  bool cut(std::uint64_t size) {
    if (size > rest_.size()) return false;
    bytes_ = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(bytes_.size());
    return true;
  }

  std::string_view rest_, bytes_;
  std::uint32_t field_ = 0, type_ = 0;
  std::uint64_t number_ = 0;
};

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
