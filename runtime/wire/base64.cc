#include "wire/base64.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace cpp_lite::wire {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 0xff;

constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}();

std::uint8_t digit(char c) { return kDigits[static_cast<std::uint8_t>(c)]; }

// Padding is all or nothing: it must fill the last group of four.
std::string_view without_padding(std::string_view text) {
  if (text.size() % 4 != 0) return text;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return text;
}

bool plain_base64(std::string_view text) {
  return text.size() % 4 != 1 &&
         std::all_of(text.begin(), text.end(), [](char c) { return digit(c) != kNoDigit; });
}

}  // namespace

void base64_encode(std::string_view bytes, std::string& out) {
  out.reserve(out.size() + (bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int count = 0;  // of bits not written yet
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<std::uint8_t>(byte);
    for (count += 8; count >= 6; count -= 6) out.push_back(kAlphabet[bits >> (count - 6) & 63]);
  }
  if (count > 0) out.push_back(kAlphabet[bits << (6 - count) & 63]);
}

// Bits that are left over in the last digit are dropped, zero or not, as Go's decoder does.
bool base64_decode(std::string_view text, std::string& out) {
  text = without_padding(text);
  if (!plain_base64(text)) return false;
  out.reserve(out.size() + text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    bits = bits << 6 | digit(c);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(bits >> count)));
  }
  return true;
}

bool is_base64(std::string_view text) { return plain_base64(without_padding(text)); }

}  // namespace cpp_lite::wire
