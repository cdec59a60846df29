// The value of grpc-timeout: up to eight digits and a unit (PROTOCOL-HTTP2.md, "Timeout").
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace cpp_lite::wire {

class TimeoutText {
 public:
  // Rounds up, in the finest unit that needs no more than eight digits, so that the server never
  // gives up before the client does. What is not positive becomes "1n": nothing may be sent then,
  // and 0 never is.
  explicit TimeoutText(std::chrono::nanoseconds remaining);

  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 12> text_;
  std::uint8_t size_;
};

// Rounded up to a power of ten that is less than a thousandth of it, and at most 10 ms, as is sent
// (docs/rules.md D4): calls that were given the same time then say the same, although a little of
// it has passed. What is not positive stays.
std::chrono::nanoseconds rounded_timeout(std::chrono::nanoseconds remaining);
// To which multiples.
std::chrono::nanoseconds timeout_step(std::chrono::nanoseconds remaining);

// Exactly ^[0-9]{1,8}[HMSmun]$, else nothing. What does not fit becomes nanoseconds::max().
std::optional<std::chrono::nanoseconds> decode_timeout(std::string_view text);

}  // namespace cpp_lite::wire
