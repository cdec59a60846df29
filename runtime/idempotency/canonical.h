// The canonical wire form of a message: the same bytes for all encodings of one value, and other
// bytes for another value (docs/rules.md, "Fingerprint"). Works on the wire level from the shapes
// that the generator prints, so it needs no descriptors and changes with no protobuf release. A
// pure function.
//
// - Fields stand in the order of their numbers. Of a field that is there several times the last
//   value counts; messages are merged; of a oneof only the member that came last is left.
// - Repeated numbers are packed. Of a map the last entry of each key stays, in the order of keys.
// - Varints have no superfluous bytes, and 32-bit fields no upper half.
// - Fields with implicit presence are left out if they are 0 or empty; others are kept.
// - What the shapes do not know, or know with another wire type, is kept as it is, behind the known
//   field of its number.
//
// Where the value depends on which numbers an enum knows (closed enums: of two occurrences an
// unknown one does not count) the message is kept byte by byte: then two encodings of one value may
// differ, but two values never are the same.
#pragma once

#include <cpp_lite/keyed.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "idempotency/pieces.h"

namespace cpp_lite::idempotency {

// `shapes` of the message, first, and of whatever it is made of. Without the fields that `omitted`
// names, in every element of what is repeated on the way. nullopt: malformed, or deeper than
// kMostDepth.
std::optional<std::vector<std::uint8_t>> canonical(ByteView message,
                                                   std::span<const detail::MessageShape> shapes,
                                                   std::span<const detail::FieldPath> omitted = {});

}  // namespace cpp_lite::idempotency
