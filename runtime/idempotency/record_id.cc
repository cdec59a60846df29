#include "idempotency/record_id.h"

#include <array>
#include <cstdint>

#include "idempotency/sha256.h"

namespace cpp_lite::idempotency {
namespace {

// Behind its length in 8 bytes, big-endian.
void append_sized(std::string& to, std::string_view text) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    to.push_back(static_cast<char>(static_cast<std::uint64_t>(text.size()) >> shift));
  }
  to.append(text);
}

void append_quoted(std::string& to, std::string_view text) {
  to += " \"";
  for (const char c : text) {
    if (c == '"' || c == '\\') to += '\\';
    to += c;
  }
  to += '"';
}

std::string_view text_of(const Id& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

// RFC 4648 section 6, lower case, without padding.
std::string base32(const Digest& bytes) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = (bits << 8U) | byte;
    for (count += 8; count >= 5; count -= 5) text += kDigits[(bits >> (count - 5)) & 31U];
  }
  if (count > 0) text += kDigits[(bits << (5 - count)) & 31U];
  return text;
}

}  // namespace

std::string holder_of(const Scope& scope) {
  std::string text = scope.kind;
  if (!scope.issuer.empty()) append_quoted(text, scope.issuer);
  if (!scope.issuer.empty() || !scope.subject.empty()) append_quoted(text, scope.subject);
  return text;
}

std::string key_in(const Scope& scope, std::string key) {
  for (const std::string& value : scope.values) key += " [" + value + "]";
  return key;
}

Id record_id(const Scope& scope, std::string_view method, std::string_view key) {
  std::string whole;
  append_sized(whole, scope.kind);
  append_sized(whole, scope.issuer);
  append_sized(whole, scope.subject);
  for (const std::string& value : scope.values) append_sized(whole, value);
  return Sha256().add("cl-idem-v1").add_sized(whole).add_sized(method).add_sized(key).finish();
}

std::string downstream_key(const Digest& secret, const Id& id, Time first_begin,
                           std::string_view label) {
  std::string message;
  append_sized(message, text_of(id));
  append_sized(message, std::to_string(first_begin.time_since_epoch().count()));
  append_sized(message, label);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(message.data());
  return base32(hmac_sha256(secret, {bytes, message.size()}));
}

}  // namespace cpp_lite::idempotency
