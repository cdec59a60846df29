#include "base/request_key.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/uuid.h"

namespace cpp_lite::base {
namespace {

Status refusal(const Method& method, std::string_view why) {
  return Status(Code::invalid_argument, std::string(method.path.substr(1)).append(why));
}

// What a server takes for a key (docs/rules.md, "Key validation").
bool is_key(std::string_view text) {
  constexpr std::size_t kLongest = 255;
  return text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void append_varint(Bytes& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7U) to.push_back(static_cast<std::uint8_t>(value | 0x80U));
  to.push_back(static_cast<std::uint8_t>(value));
}

// Behind the message that has been serialized. Should the field stand in it before, empty, then the
// last one wins (https://protobuf.dev/programming-guides/encoding/#last-one-wins).
void append_field(Bytes& to, std::uint32_t number, std::string_view value) {
  constexpr std::uint64_t kLengthDelimited = 2;
  append_varint(to, (std::uint64_t{number} << 3U) | kLengthDelimited);
  append_varint(to, value.size());
  to.insert(to.end(), value.begin(), value.end());
}

bool has_place(const Method& method) {
  return method.key_field != 0 || !method.key_metadata.empty();
}

void put(const Method& method, const std::string& key, CallSettings& settings, Bytes& request) {
  if (method.key_field != 0) return append_field(request, method.key_field, key);
  settings.metadata.set(method.key_metadata, key);
}

}  // namespace

Status settle_key(const Method& method, std::optional<std::string_view> in_message,
                  std::string_view from_options, CallSettings& settings, Bytes& request) {
  const bool readable = method.key_field == 0 || in_message.has_value();
  if (!has_place(method) || !readable) return expect_no_key(method, from_options);
  const std::string_view present =
      method.key_field != 0 ? *in_message : settings.metadata.get(method.key_metadata).value_or("");
  if (!present.empty()) {
    if (!from_options.empty() && from_options != present) {
      return refusal(method, ": the request and CallOptions::idempotency_key name different keys");
    }
    settings.idempotency_key = std::string(present);
    return Status();
  }
  if (!is_key(from_options)) {
    return refusal(method, ": an idempotency key is 1 to 255 printable ASCII characters");
  }
  if (from_options.empty() && !method.client_generates) return Status();
  settings.idempotency_key = from_options.empty() ? make_uuid4() : std::string(from_options);
  put(method, settings.idempotency_key, settings, request);
  return Status();
}

Status expect_no_key(const Method& method, std::string_view from_options) {
  return from_options.empty() ? Status() : refusal(method, " takes no idempotency key");
}

}  // namespace cpp_lite::base
