// A protobuf message taken apart on the wire level, without its descriptor: its fields as they
// stand there (https://protobuf.dev/programming-guides/encoding). Pure functions; views of the
// bytes that they are given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace cpp_lite::idempotency {

using ByteView = std::span<const std::uint8_t>;

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, group = 3, fixed32 = 5 };

struct Piece {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint8_t head = 0;  // bytes before the value: the tag, and the length if there is one
  std::uint8_t tail = 0;  // bytes behind it: the end of a group
  const std::uint8_t* begin = nullptr;
  std::size_t size = 0;  // head and tail included

  ByteView whole() const { return {begin, size}; }
  ByteView value() const { return {begin + head, size - head - tail}; }
};

// How deep messages and groups may lie in each other; protobuf's own bound.
inline constexpr int kMostDepth = 100;

// The field at the beginning of a message; the next one is behind Piece::size bytes. nullopt: there
// is none.
std::optional<Piece> first_piece(ByteView message);

// The number at the beginning of `bytes`, which then begin behind it. nullopt: there is none.
std::optional<std::uint64_t> take_varint(ByteView& bytes);

// The value of the last field of this number that holds bytes. Nothing: there is none, or the bytes
// are no message.
std::optional<ByteView> last_bytes(ByteView message, std::uint32_t number);

}  // namespace cpp_lite::idempotency
