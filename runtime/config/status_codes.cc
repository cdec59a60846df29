#include "config/status_codes.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace cpp_lite::config {
namespace {

constexpr std::array<std::string_view, kStatusCodes> kNames = {
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
};

// Without the locale, in which "i" may have another capital.
char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

std::optional<int> parse_status_code(std::string_view name) {
  const auto is_it = [name](std::string_view known) {
    return std::equal(name.begin(), name.end(), known.begin(), known.end(),
                      [](char a, char b) { return to_upper(a) == b; });
  };
  const auto found = std::find_if(kNames.begin(), kNames.end(), is_it);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<int>(found - kNames.begin());
}

std::string_view status_code_name(int code) { return kNames.at(static_cast<std::size_t>(code)); }

}  // namespace cpp_lite::config
