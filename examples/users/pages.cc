#include "pages.h"

#include <charconv>
#include <string_view>
#include <system_error>

namespace users {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::optional<std::string> from_hex(std::string_view hex) {
  std::string bytes;
  if (hex.size() % 2 != 0) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const std::size_t high = kDigits.find(hex[i]);
    const std::size_t low = kDigits.find(hex[i + 1]);
    if (high == kDigits.npos || low == kDigits.npos) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

}  // namespace

// The id's length, ":", the id, the filter: both may hold any bytes.
std::string to_token(const PageStart& start) {
  std::string text = std::to_string(start.after_id.size());
  text.append(":").append(start.after_id).append(start.filter);
  std::string token;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    token.push_back(kDigits[byte / 16]);
    token.push_back(kDigits[byte % 16]);
  }
  return token;
}

std::optional<PageStart> from_token(const std::string& token) {
  const std::optional<std::string> text = from_hex(token);
  if (!text) return std::nullopt;
  const char* const end = text->data() + text->size();
  std::size_t length = 0;
  const auto [colon, error] = std::from_chars(text->data(), end, length);
  if (error != std::errc() || colon == end || *colon != ':') return std::nullopt;
  const std::string_view rest(colon + 1, static_cast<std::size_t>(end - colon) - 1);
  if (length > rest.size()) return std::nullopt;
  return PageStart{std::string(rest.substr(0, length)), std::string(rest.substr(length))};
}

}  // namespace users
