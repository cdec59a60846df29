#include "idempotency/key.h"

#include <algorithm>
#include <vector>

#include "idempotency/pieces.h"

namespace cpp_lite::idempotency {
namespace {

constexpr std::string_view kCommonName = "idempotency-key";
constexpr std::size_t kLongest = 255;
constexpr std::size_t kUuid = 36;

Status bad(std::string_view why) { return Status(Code::invalid_argument, std::string(why)); }

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool is_uuid(std::string_view text) {
  if (text.size() != kUuid) return false;
  for (std::size_t i = 0; i < kUuid; ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    if (hyphen ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

// RFC 9562 sections 4.1, 4.2 and 5.4: the version, and one of the four variants.
bool is_version_4(std::string_view uuid) {
  constexpr std::string_view kVariants = "89ab";
  return uuid[14] == '4' && kVariants.find(uuid[19]) != std::string_view::npos;
}

std::string lowered(std::string_view text) {
  std::string low(text);
  for (char& c : low) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return low;
}

// In canonical form; nothing: it is empty.
Result<std::optional<std::string>> judged(std::string_view key, KeyFormat format) {
  if (key.empty()) return std::optional<std::string>();
  Result<std::string> canonical = canonical_key(key, format);
  if (!canonical) return canonical.status();
  return std::optional<std::string>(*std::move(canonical));
}

Result<std::optional<std::string>> in_metadata(const Metadata& metadata, std::string_view name,
                                               KeyFormat format) {
  const std::vector<std::string_view> values = metadata.get_all(name);
  if (values.empty()) return std::optional<std::string>();
  if (values.size() > 1) return bad("the metadata holds several");
  const std::optional<std::string> value = unquoted(values.front());
  if (!value) return bad("what is in the metadata is no string of RFC 8941");
  return judged(*value, format);
}

}  // namespace

std::optional<std::string_view> text_field(std::span<const std::uint8_t> message,
                                           std::uint32_t number) {
  const std::optional<ByteView> bytes = last_bytes(message, number);
  if (!bytes) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

std::optional<std::string> unquoted(std::string_view value) {
  if (!value.starts_with('"')) return std::string(value);
  std::string text;
  for (std::size_t i = 1; i < value.size(); ++i) {
    if (value[i] == '"') return i + 1 == value.size() ? std::optional(text) : std::nullopt;
    if (value[i] == '\\') {
      if (++i == value.size() || (value[i] != '"' && value[i] != '\\')) return std::nullopt;
    }
    text += value[i];
  }
  return std::nullopt;
}

Result<std::string> canonical_key(std::string_view key, KeyFormat format) {
  if (key.size() > kLongest) return bad("longer than 255 bytes");
  if (!std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
    return bad("not printable ASCII");
  }
  if (format == KeyFormat::printable) return std::string(key);
  std::string uuid = lowered(key);
  if (!is_uuid(uuid)) return bad("not a UUID");
  if (format == KeyFormat::uuid4 && !is_version_4(uuid)) return bad("not a UUID of version 4");
  return uuid;
}

Result<std::optional<std::string>> key_of(std::span<const std::uint8_t> request,
                                          const Metadata& metadata, const Method& method,
                                          const KeyPolicy& policy) {
  const bool in_message = method.key_field != 0;
  Result<std::optional<std::string>> outside =
      in_metadata(metadata, in_message ? kCommonName : method.key_metadata, policy.format);
  if (!outside || !in_message) return outside;
  const auto text = text_field(request, method.key_field);
  Result<std::optional<std::string>> inside = judged(text.value_or(""), policy.format);
  if (inside && *outside && *outside != *inside) {
    return bad("the request and its metadata name different keys");
  }
  return inside;
}

}  // namespace cpp_lite::idempotency
