#include "wire/timeout.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace cpp_lite::wire {
namespace {

struct Unit {
  char letter;
  std::int64_t nanoseconds;
};

constexpr std::array<Unit, 6> kUnits = {{
    {'n', 1},
    {'u', 1'000},
    {'m', 1'000'000},
    {'S', 1'000'000'000},
    {'M', 60'000'000'000},
    {'H', 3'600'000'000'000},
}};

constexpr std::int64_t kMaxValue = 99'999'999;
constexpr std::size_t kMaxDigits = 8;

}  // namespace

TimeoutText::TimeoutText(std::chrono::nanoseconds remaining) {
  const std::int64_t left = std::max<std::int64_t>(remaining.count(), 1);
  for (const Unit& unit : kUnits) {
    const std::int64_t value = left / unit.nanoseconds + (left % unit.nanoseconds != 0 ? 1 : 0);
    if (value > kMaxValue) continue;  // never the last unit: 2^63 ns are 2,562,048 hours
    char* const end = std::to_chars(text_.begin(), text_.end(), value).ptr;
    *end = unit.letter;
    size_ = static_cast<std::uint8_t>(end + 1 - text_.data());
    return;
  }
}

std::optional<std::chrono::nanoseconds> decode_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kMaxDigits + 1) return std::nullopt;
  std::int64_t value = 0;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                 [&](const Unit& u) { return u.letter == text.back(); });
  if (unit == kUnits.end()) return std::nullopt;
  constexpr auto kMax = std::chrono::nanoseconds::max();
  if (value > kMax.count() / unit->nanoseconds) return kMax;
  return std::chrono::nanoseconds(value * unit->nanoseconds);
}

}  // namespace cpp_lite::wire
