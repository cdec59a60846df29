// What a keyed method's .proto tells the server that executes it: constants that the generator
// prints, beside the shape of the request, by which duplicates are told from other requests.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>

namespace cpp_lite {

// Where the effects of a handler are (docs/idempotency.md).
enum class Effects : std::uint8_t {
  external,          // anywhere: an execution that was cut short leaves the outcome unknown
  transactional,     // in the store's own database, committed with the result
  downstream_keyed,  // at a service that is called with a key of ours, which it remembers
};

enum class KeyFormat : std::uint8_t { printable, uuid, uuid4 };

namespace detail {

// How a field lies on the wire, as far as two spellings of one value are concerned.
enum class FieldKind : std::uint8_t {
  varint32,     // int32, uint32, sint32, open enums: the low 32 bits count
  closed_enum,  // the same, but a number that the enum does not know leaves the field as it was
  varint64,
  boolean,
  fixed32,
  fixed64,
  bytes,  // strings, too
  message,
  group,
};

enum class FieldPresence : std::uint8_t {
  implicit,    // the default is as good as nothing
  explicitly,  // what is there was set
  repeated,    // packed or not
  map,         // kind is message: the entry, whose fields are key (1) and value (2)
};

struct FieldShape {
  std::uint32_t number = 0;
  FieldKind kind = FieldKind::varint32;
  FieldPresence presence = FieldPresence::implicit;
  std::uint16_t oneof = 0;  // from 1; of the members with this number the last one counts; 0: none
  std::uint32_t message = 0;  // of messages and groups: index into KeyPolicy::shapes
};

// One message type: its fields in the order of their numbers.
struct MessageShape {
  std::span<const FieldShape> fields;
};

// The way to a field from the request down, by numbers.
using FieldPath = std::span<const std::uint32_t>;

}  // namespace detail

// (cpp_lite.method).idempotency, resolved. Which field or metadata holds the key stands in Method.
// Lives as long as the generated code.
struct KeyPolicy {
  Effects effects = Effects::external;
  KeyFormat format = KeyFormat::printable;
  bool optional = false;            // a request without a key runs unkeyed
  bool rerun = false;               // on_lease_expiry: RERUN
  bool reject_in_progress = false;  // duplicates are answered at once instead of waiting
  bool shared_scope = false;        // keys are common to all callers
  std::chrono::nanoseconds ttl = std::chrono::hours(24);
  std::chrono::nanoseconds max_execution = std::chrono::seconds(30);
  std::chrono::nanoseconds downstream_ttl{};
  std::uint32_t release_on = 0;  // bit n: status code n says that nothing was done
  std::uint32_t max_response_bytes = 1 << 20;
  std::span<const std::string_view> scope_metadata = {};
  std::span<const detail::MessageShape> shapes = {};  // the request's type first
  std::span<const detail::FieldPath> excluded = {};   // of the fingerprint, beside the key
};

}  // namespace cpp_lite
