// The one table of the status codes' names; the generator compiles this file, too.
#include <cpp_lite/status.h>

#include <array>
#include <cstddef>

namespace cpp_lite {
namespace {

constexpr std::array<std::string_view, 17> kNames = {
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

}  // namespace

std::string_view to_string(Code code) {
  const auto index = static_cast<std::size_t>(code);
  return index < kNames.size() ? kNames[index] : to_string(Code::unknown);
}

}  // namespace cpp_lite
