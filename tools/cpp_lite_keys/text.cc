#include "text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>

namespace cpp_lite::keys {
namespace {

using idempotency::State;

constexpr std::array kStates{State::in_progress, State::completed, State::indeterminate};
constexpr int kCodes = 17;

Status not_understood(std::string_view what, std::string_view text) {
  return {Code::invalid_argument, std::string(what) + ": '" + std::string(text) + "'"};
}

std::optional<std::uint8_t> digit_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

// Zeroes where there is no text any more. False: too long, or no hexadecimal digits.
bool from_hex(std::string_view text, std::span<std::uint8_t> to) {
  if (text.size() > 2 * to.size()) return false;
  std::fill(to.begin(), to.end(), std::uint8_t{0});
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digit = digit_of(text[i]);
    if (!digit) return false;
    to[i / 2] = static_cast<std::uint8_t>(to[i / 2] | (i % 2 == 0 ? *digit << 4U : *digit));
  }
  return true;
}

}  // namespace

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 0x0fU]);
  }
  return text;
}

std::string_view to_text(State state) {
  switch (state) {
    case State::in_progress:
      return "in_progress";
    case State::completed:
      return "completed";
    case State::indeterminate:
      break;
  }
  return "indeterminate";
}

std::string to_text(idempotency::Time time) {
  constexpr auto kFarAway = std::chrono::seconds(253'402'300'800);  // the year 10000
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
  if (seconds >= kFarAway) return "never";
  const std::time_t value = seconds.count();
  std::tm parts{};
  gmtime_r(&value, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string printable(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      safe.push_back(c);
    } else {
      safe.append("\\x").append(hex(std::span(&byte, 1)));
    }
  }
  return safe;
}

Result<IdPrefix> id_prefix_from(std::string_view text) {
  IdPrefix prefix;
  constexpr std::size_t kFewest = 4;
  if (text.size() < kFewest || !from_hex(text, prefix.first)) {
    return not_understood("an id is 4 to 64 hexadecimal digits", text);
  }
  prefix.digits = text;
  std::transform(text.begin(), text.end(), prefix.digits.begin(),
                 [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c; });
  return prefix;
}

Result<idempotency::Token> token_from(std::string_view text) {
  idempotency::Token token;
  if (text.size() != 2 * token.size() || !from_hex(text, token)) {
    return not_understood("a token is 32 hexadecimal digits", text);
  }
  return token;
}

Result<State> state_from(std::string_view text) {
  for (const State state : kStates) {
    if (to_text(state) == text) return state;
  }
  return not_understood("a state is in_progress, completed or indeterminate", text);
}

Result<Code> code_from(std::string_view text) {
  for (int i = 0; i < kCodes; ++i) {
    const auto code = static_cast<Code>(i);
    if (to_string(code) == text || std::to_string(i) == text) return code;
  }
  return not_understood("a code is OK, CANCELLED, ... or its number", text);
}

}  // namespace cpp_lite::keys
