// Messages written by hand: fields as they stand on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "idempotency/scalars.h"

namespace cpp_lite::idempotency {

inline ByteView view(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string text(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// The fields of a message, up to what is none.
inline std::vector<Piece> take_apart(ByteView message) {
  std::vector<Piece> pieces;
  while (const auto piece = first_piece(message)) {
    pieces.push_back(*piece);
    message = message.subspan(piece->size);
  }
  return pieces;
}

namespace wire {

inline std::string tag(std::uint32_t number, WireType type) {
  std::vector<std::uint8_t> bytes;
  append_tag(bytes, number, type);
  return {bytes.begin(), bytes.end()};
}
inline std::string varint(std::uint64_t value) {
  std::vector<std::uint8_t> bytes;
  append_varint(bytes, value);
  return {bytes.begin(), bytes.end()};
}

inline std::string number(std::uint32_t field, std::uint64_t value) {
  return tag(field, WireType::varint) + varint(value);
}
inline std::string bytes(std::uint32_t field, const std::string& value) {
  return tag(field, WireType::bytes) + varint(value.size()) + value;
}
inline std::string fixed32(std::uint32_t field, char low) {
  return tag(field, WireType::fixed32) + std::string{low, 0, 0, 0};
}
inline std::string fixed64(std::uint32_t field, char low) {
  return tag(field, WireType::fixed64) + std::string{low, 0, 0, 0, 0, 0, 0, 0};
}
inline std::string group(std::uint32_t field, const std::string& inside) {
  std::vector<std::uint8_t> end;
  append_end_of_group(end, field);
  return tag(field, WireType::group) + inside + std::string(end.begin(), end.end());
}

}  // namespace wire
}  // namespace cpp_lite::idempotency
