#include "config/status_codes.h"

#include <cpp_lite/status.h>

#include <algorithm>

namespace cpp_lite::config {
namespace {

// Without the locale, in which "i" may have another capital.
char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::optional<int> parse_status_code(std::string_view name) {
  for (int code = 0; code < kStatusCodes; ++code) {
    const std::string_view known = to_string(static_cast<Code>(code));
    if (std::equal(name.begin(), name.end(), known.begin(), known.end(),
                   [](char a, char b) { return to_upper(a) == b; })) {
      return code;
    }
  }
  return std::nullopt;
}

}  // namespace cpp_lite::config
