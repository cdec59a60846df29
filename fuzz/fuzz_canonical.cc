// Canonical forms: whatever bytes come, the form of a message is its own form, with and without
// omitted fields, and the order of fields does not matter.
#include <cpp_lite/keyed.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fuzz/check.h"
#include "idempotency/canonical.h"

namespace {

using namespace cpp_lite;
using detail::FieldKind;
using detail::FieldPresence;
using detail::FieldShape;
using detail::MessageShape;

constexpr std::uint32_t kSelf = 0, kPart = 1, kCount = 2, kNamed = 3, kPicked = 4;
constexpr std::uint32_t kClosedEnum = 16;

constexpr FieldShape kFields[] = {
    {.number = 1, .kind = FieldKind::bytes},
    {.number = 2, .kind = FieldKind::varint32},
    {.number = 3, .kind = FieldKind::varint64, .presence = FieldPresence::explicitly},
    {.number = 4, .kind = FieldKind::varint32, .presence = FieldPresence::repeated},
    {.number = 5,
     .kind = FieldKind::message,
     .presence = FieldPresence::explicitly,
     .message = kSelf},
    {.number = 6,
     .kind = FieldKind::message,
     .presence = FieldPresence::repeated,
     .message = kPart},
    {.number = 7,
     .kind = FieldKind::group,
     .presence = FieldPresence::explicitly,
     .message = kPart},
    {.number = 8, .kind = FieldKind::message, .presence = FieldPresence::map, .message = kCount},
    {.number = 9, .kind = FieldKind::message, .presence = FieldPresence::map, .message = kNamed},
    {.number = 10, .kind = FieldKind::boolean, .presence = FieldPresence::explicitly, .oneof = 1},
    {.number = 11,
     .kind = FieldKind::message,
     .presence = FieldPresence::explicitly,
     .oneof = 1,
     .message = kPart},
    {.number = 12,
     .kind = FieldKind::closed_enum,
     .presence = FieldPresence::explicitly,
     .oneof = 2},
    {.number = 13, .kind = FieldKind::bytes, .presence = FieldPresence::explicitly, .oneof = 2},
    {.number = 14, .kind = FieldKind::message, .presence = FieldPresence::map, .message = kPicked},
    {.number = 15, .kind = FieldKind::fixed64, .presence = FieldPresence::repeated},
    {.number = kClosedEnum, .kind = FieldKind::closed_enum, .presence = FieldPresence::explicitly},
};
constexpr FieldShape kPartFields[] = {
    {.number = 1, .kind = FieldKind::fixed32},
    {.number = 2, .kind = FieldKind::bytes, .presence = FieldPresence::repeated},
    {.number = 5, .kind = FieldKind::group, .presence = FieldPresence::repeated, .message = kSelf},
};
constexpr FieldShape kCountFields[] = {{.number = 1, .kind = FieldKind::bytes},
                                       {.number = 2, .kind = FieldKind::varint64}};
constexpr FieldShape kNamedFields[] = {{.number = 1, .kind = FieldKind::varint32},
                                       {.number = 2,
                                        .kind = FieldKind::message,
                                        .presence = FieldPresence::explicitly,
                                        .message = kPart}};
constexpr FieldShape kPickedFields[] = {{.number = 1, .kind = FieldKind::bytes},
                                        {.number = 2, .kind = FieldKind::closed_enum}};
constexpr MessageShape kShapes[] = {
    {kFields}, {kPartFields}, {kCountFields}, {kNamedFields}, {kPickedFields}};

constexpr std::array<std::uint32_t, 2> kInParts = {6, 1};
constexpr std::array<std::uint32_t, 1> kText = {1};
constexpr detail::FieldPath kOmitted[] = {kText, kInParts};

// The fields in falling order of their numbers; of one number as they stood. Nothing: the order
// matters, or these bytes are no message.
std::optional<std::vector<std::uint8_t>> turned_around(idempotency::ByteView message) {
  std::vector<idempotency::Piece> pieces;
  while (!message.empty()) {
    const auto piece = idempotency::first_piece(message);
    if (!piece) return std::nullopt;
    pieces.push_back(*piece);
    message = message.subspan(piece->size);
  }
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const auto& a, const auto& b) { return a.number > b.number; });
  std::vector<std::uint8_t> bytes;
  for (const idempotency::Piece& piece : pieces) {
    const bool in_oneof = piece.number >= 10 && piece.number <= 13;
    if (in_oneof || piece.number == kClosedEnum) return std::nullopt;
    bytes.insert(bytes.end(), piece.whole().begin(), piece.whole().end());
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const idempotency::ByteView message(data, size);
  const auto form = idempotency::canonical(message, kShapes);
  const auto reduced = idempotency::canonical(message, kShapes, kOmitted);
  if (!form) return 0;
  FUZZ_CHECK(reduced.has_value());
  FUZZ_CHECK(idempotency::canonical(*form, kShapes) == form);
  FUZZ_CHECK(idempotency::canonical(*form, kShapes, kOmitted) == reduced);
  if (const auto turned = turned_around(message)) {
    FUZZ_CHECK(idempotency::canonical(*turned, kShapes) == form);
  }
  return 0;
}
