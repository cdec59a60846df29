#include "idempotency/scalars.h"

#include <cstddef>

namespace cpp_lite::idempotency {
namespace {

using detail::FieldKind;

std::optional<std::uint64_t> take_fixed(ByteView& bytes, std::size_t size) {
  if (bytes.size() < size) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  bytes = bytes.subspan(size);
  return value;
}

void append_fixed(std::vector<std::uint8_t>& to, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) to.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace

WireType wire_type_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::fixed32:
      return WireType::fixed32;
    case FieldKind::fixed64:
      return WireType::fixed64;
    case FieldKind::bytes:
    case FieldKind::message:
      return WireType::bytes;
    case FieldKind::group:
      return WireType::group;
    default:
      return WireType::varint;
  }
}

std::optional<std::uint64_t> take_scalar(FieldKind kind, ByteView& bytes) {
  if (kind == FieldKind::fixed32) return take_fixed(bytes, 4);
  if (kind == FieldKind::fixed64) return take_fixed(bytes, 8);
  const auto value = take_varint(bytes);
  if (!value || kind == FieldKind::varint64) return value;
  if (kind == FieldKind::boolean) return *value != 0 ? 1 : 0;
  return *value & UINT32_MAX;
}

void append_varint(std::vector<std::uint8_t>& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) to.push_back(static_cast<std::uint8_t>(value | 0x80U));
  to.push_back(static_cast<std::uint8_t>(value));
}

void append_scalar(std::vector<std::uint8_t>& to, FieldKind kind, std::uint64_t value) {
  if (kind == FieldKind::fixed32) return append_fixed(to, value, 4);
  if (kind == FieldKind::fixed64) return append_fixed(to, value, 8);
  append_varint(to, value);
}

void append_tag(std::vector<std::uint8_t>& to, std::uint32_t number, WireType type) {
  append_varint(to, std::uint64_t{number} << 3U | static_cast<std::uint64_t>(type));
}

void append_end_of_group(std::vector<std::uint8_t>& to, std::uint32_t number) {
  constexpr std::uint64_t kEndGroup = 4;
  append_varint(to, std::uint64_t{number} << 3U | kEndGroup);
}

}  // namespace cpp_lite::idempotency
