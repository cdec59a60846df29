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

std::chrono::nanoseconds timeout_step(std::chrono::nanoseconds remaining) {
  constexpr std::int64_t kLargest =
      10'000'000;  // a call made inside ends earlier by more than that
  const std::int64_t most = std::min(remaining.count() / 10'000, kLargest / 10);
  std::int64_t step = 1;
  while (step <= most) step *= 10;
  return std::chrono::nanoseconds(step);
}

std::chrono::nanoseconds rounded_timeout(std::chrono::nanoseconds remaining) {
  const std::int64_t step = timeout_step(remaining).count(), left = remaining.count();
  const std::int64_t beyond = left > 0 ? left % step : 0;
  const bool fits = left <= std::chrono::nanoseconds::max().count() - step;
  return beyond == 0 || !fits ? remaining : remaining + std::chrono::nanoseconds(step - beyond);
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
