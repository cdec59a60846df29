#include "pages.h"

#include <string_view>

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

std::string to_token(const PageStart& start) {
  std::string token;
  for (const char c : start.after_id + '\n' + start.filter) {
    const auto byte = static_cast<unsigned char>(c);
    token.push_back(kDigits[byte / 16]);
    token.push_back(kDigits[byte % 16]);
  }
  return token;
}

std::optional<PageStart> from_token(const std::string& token) {
  const std::optional<std::string> text = from_hex(token);
  const std::size_t line = text ? text->find('\n') : std::string::npos;
  if (line == std::string::npos) return std::nullopt;
  return PageStart{text->substr(0, line), text->substr(line + 1)};
}

}  // namespace users
