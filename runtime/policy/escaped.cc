#include "policy/escaped.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace cpp_lite::policy {
namespace {

// How many bytes the character at the front has; 0: it is not UTF-8 (RFC 3629), or a control
// character, C1 (U+0080 to U+009F) included, which terminals obey.
std::size_t visible_length(std::string_view text) {
  constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};  // shorter forms are overlong
  const auto lead = static_cast<std::uint8_t>(text.front());
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xc0 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                                           : 4;
  if (length == 0 || length > text.size()) return 0;
  std::uint32_t character = length == 1 ? lead : lead & (0x7fU >> length);
  for (const char c : text.substr(1, length - 1)) {
    const auto byte = static_cast<std::uint8_t>(c);
    if ((byte & 0xc0U) != 0x80) return 0;
    character = character << 6U | (byte & 0x3fU);
  }
  const bool control = character < 0x20 || (character >= 0x7f && character < 0xa0);
  const bool surrogate = character >= 0xd800 && character < 0xe000;
  const bool good = character >= kLeast[length] && character <= 0x10ffff && lead < 0xf8;
  return good && !control && !surrogate ? length : 0;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = visible_length(text);
    if (length > 0) {
      out.append(text.substr(0, length));
    } else {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02x",
                    static_cast<unsigned>(static_cast<std::uint8_t>(text.front())));
      out.append(hex);
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  return out;
}

}  // namespace cpp_lite::policy
