// The fields of a protobuf message, where a message is too small for generated code. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cpp_lite::wire {

enum WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

inline void put_varint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

inline void put_bytes(std::uint32_t field, std::string_view bytes, std::string& out) {
  put_varint(field << 3 | kBytes, out);
  put_varint(bytes.size(), out);
  out.append(bytes);
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

}  // namespace cpp_lite::wire
