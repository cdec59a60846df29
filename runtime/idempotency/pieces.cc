#include "idempotency/pieces.h"

#include <array>

namespace cpp_lite::idempotency {
namespace {

constexpr std::uint64_t kGroup = 3, kEndGroup = 4;
constexpr std::size_t kLongestTag = 5;  // 32 bits

struct Tag {
  std::uint32_t number = 0;
  std::uint64_t type = 0;
};

std::optional<Tag> take_tag(ByteView& bytes) {
  const std::size_t before = bytes.size();
  const auto value = take_varint(bytes);
  if (!value || before - bytes.size() > kLongestTag || *value > UINT32_MAX) return std::nullopt;
  const Tag tag{static_cast<std::uint32_t>(*value >> 3U), *value & 7U};
  return tag.number == 0 ? std::nullopt : std::optional(tag);
}

bool skip(ByteView& bytes, std::size_t count) {
  if (count > bytes.size()) return false;
  bytes = bytes.subspan(count);
  return true;
}

// Over the value of a field that is no group.
bool skip_value(ByteView& bytes, std::uint64_t type) {
  switch (type) {
    case 0:
      return take_varint(bytes).has_value();
    case 1:
      return skip(bytes, 8);
    case 2: {
      const auto length = take_varint(bytes);
      return length && *length <= bytes.size() && skip(bytes, static_cast<std::size_t>(*length));
    }
    case 5:
      return skip(bytes, 4);
    default:
      return false;
  }
}

// Over a group and its end, which takes `tail` bytes.
bool skip_group(ByteView& bytes, std::uint32_t number, std::uint8_t& tail) {
  std::array<std::uint32_t, kMostDepth> open{};
  std::size_t depth = 0;
  open[depth++] = number;
  while (depth > 0) {
    const std::size_t before = bytes.size();
    const auto tag = take_tag(bytes);
    if (!tag) return false;
    if (tag->type == kGroup) {
      if (depth == open.size()) return false;
      open[depth++] = tag->number;
    } else if (tag->type == kEndGroup) {
      if (open[--depth] != tag->number) return false;
      tail = static_cast<std::uint8_t>(before - bytes.size());
    } else if (!skip_value(bytes, tag->type)) {
      return false;
    }
  }
  return true;
}

std::optional<Piece> take_piece(ByteView& bytes) {
  const ByteView all = bytes;
  const auto tag = take_tag(bytes);
  if (!tag || tag->type == kEndGroup) return std::nullopt;
  Piece piece{.number = tag->number, .type = static_cast<WireType>(tag->type), .begin = all.data()};
  ByteView behind_head = bytes;
  if (tag->type == kGroup) {
    if (!skip_group(bytes, tag->number, piece.tail)) return std::nullopt;
  } else {
    if (!skip_value(bytes, tag->type)) return std::nullopt;
    if (piece.type == WireType::bytes) static_cast<void>(take_varint(behind_head));
  }
  piece.head = static_cast<std::uint8_t>(all.size() - behind_head.size());
  piece.size = all.size() - bytes.size();
  return piece;
}

}  // namespace

std::optional<std::uint64_t> take_varint(ByteView& bytes) {
  constexpr std::size_t kLongest = 10;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size() && i < kLongest; ++i) {
    value |= std::uint64_t{bytes[i] & 0x7fU} << (7 * i);
    if ((bytes[i] & 0x80U) != 0) continue;
    bytes = bytes.subspan(i + 1);
    return value;
  }
  return std::nullopt;
}

std::optional<Piece> first_piece(ByteView message) { return take_piece(message); }

std::optional<ByteView> last_bytes(ByteView message, std::uint32_t number) {
  std::optional<ByteView> last;
  while (!message.empty()) {
    const auto piece = take_piece(message);
    if (!piece) return std::nullopt;
    if (piece->number == number && piece->type == WireType::bytes) last = piece->value();
  }
  return last;
}

}  // namespace cpp_lite::idempotency
