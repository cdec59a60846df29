#include "base/uuid.h"

#include <cstddef>
#include <random>
#include <string_view>

namespace cpp_lite::base {

std::string uuid4_of(std::array<std::uint8_t, 16> bits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  bits[6] = static_cast<std::uint8_t>((bits[6] & 0x0fU) | 0x40U);  // version 4
  bits[8] = static_cast<std::uint8_t>((bits[8] & 0x3fU) | 0x80U);  // the variant of RFC 9562
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text.push_back(kDigits[bits[i] >> 4U]);
    text.push_back(kDigits[bits[i] & 0x0fU]);
  }
  return text;
}

std::string make_uuid4() noexcept {
  // Per thread, because opening it may open a file; it buffers nothing.
  thread_local std::random_device device;
  std::array<std::uint8_t, 16> bits{};
  for (std::size_t i = 0; i < bits.size(); i += 4) {
    const std::uint32_t word = device();
    for (std::size_t k = 0; k < 4; ++k) bits[i + k] = static_cast<std::uint8_t>(word >> (8 * k));
  }
  return uuid4_of(bits);
}

}  // namespace cpp_lite::base
