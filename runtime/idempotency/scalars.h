// Numbers of protobuf messages, read with whatever superfluous bytes they have and written without
// them. Pure functions.
#pragma once

#include <cpp_lite/keyed.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "idempotency/pieces.h"

namespace cpp_lite::idempotency {

// What a field of this kind is encoded as, unless it is packed.
WireType wire_type_of(detail::FieldKind kind);

// The number at the beginning of `bytes`, which then begin behind it: as many of its bits as the
// kind has. nullopt: there is none.
std::optional<std::uint64_t> take_scalar(detail::FieldKind kind, ByteView& bytes);

void append_varint(std::vector<std::uint8_t>& to, std::uint64_t value);
void append_scalar(std::vector<std::uint8_t>& to, detail::FieldKind kind, std::uint64_t value);
void append_tag(std::vector<std::uint8_t>& to, std::uint32_t number, WireType type);
void append_end_of_group(std::vector<std::uint8_t>& to, std::uint32_t number);

}  // namespace cpp_lite::idempotency
