#include "config/duration.h"

#include <algorithm>

namespace cpp_lite::config {
namespace {

constexpr std::int64_t kNanosPerSecond = 1'000'000'000;

bool is_decimal(char c) { return c >= '0' && c <= '9'; }

// Takes the digits at the front of `text`, whose number must be 1 to `most`.
std::optional<std::string_view> take_digits(std::string_view& text, std::size_t most) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_decimal);
  const auto count = static_cast<std::size_t>(end - text.begin());
  if (count == 0 || count > most) return std::nullopt;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

std::int64_t to_number(std::string_view digits) {
  std::int64_t number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

// ".5" is 500,000,000 ns: digits that were not written count as zeros.
std::optional<std::int32_t> take_fraction(std::string_view& text) {
  if (!text.starts_with('.')) return 0;
  text.remove_prefix(1);
  const auto digits = take_digits(text, 9);
  if (!digits) return std::nullopt;
  std::string nanos(*digits);
  nanos.resize(9, '0');
  return static_cast<std::int32_t>(to_number(nanos));
}

// 1500 in units of 1000 is "1.5".
std::string decimal(std::int64_t count, std::int64_t unit) {
  std::string text = std::to_string(count / unit);
  if (count % unit == 0) return text;
  std::string fraction = std::to_string(unit + count % unit).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return text + "." + fraction;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto whole = take_digits(text, 12);
  if (!whole) return std::nullopt;
  const auto nanos = take_fraction(text);
  if (!nanos || text != "s") return std::nullopt;

  const std::int64_t seconds = to_number(*whole);
  if (seconds > kMaxDurationSeconds || (seconds == kMaxDurationSeconds && *nanos > 0))
    return std::nullopt;
  if (negative) return Duration{-seconds, -*nanos};
  return Duration{seconds, *nanos};
}

std::chrono::nanoseconds to_nanoseconds(Duration duration) {
  constexpr std::int64_t kWholeMilliseconds =
      std::chrono::nanoseconds::max().count() / 1'000'000 * 1'000'000;
  constexpr std::int64_t kFits = kWholeMilliseconds / kNanosPerSecond;
  if (duration.seconds >= kFits) return std::chrono::nanoseconds(kWholeMilliseconds);
  if (duration.seconds <= -kFits) return std::chrono::nanoseconds(-kWholeMilliseconds);
  return std::chrono::nanoseconds(duration.seconds * kNanosPerSecond + duration.nanos);
}

std::string to_readable(std::chrono::nanoseconds duration) {
  const std::int64_t count = duration.count();
  if (count < 0) return std::string("-").append(to_readable(-duration));
  if (count >= kNanosPerSecond || count == 0) return decimal(count, kNanosPerSecond) + " s";
  if (count >= 1'000'000) return decimal(count, 1'000'000) + " ms";
  if (count >= 1'000) return decimal(count, 1'000) + " us";
  return std::to_string(count) + " ns";
}

}  // namespace cpp_lite::config
