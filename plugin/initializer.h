// "{.a = 1, .b = 2}", of which only what differs from the defaults is written.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "stubs.h"

namespace cpp_lite::plugin {

class Initializer {
 public:
  void add(bool differs, std::string_view field, std::string_view value) {
    if (!differs) return;
    text_ += text_.empty() ? "." : ", .";
    text_.append(field).append(" = ").append(value);
  }
  void flag(bool value, std::string_view field) { add(value, field, "true"); }
  void time(std::chrono::nanoseconds value, std::string_view field,
            std::chrono::nanoseconds otherwise = {}) {
    add(value != otherwise, field, chrono_literal(value));
  }
  void bits(std::uint32_t value, std::string_view field, std::uint32_t otherwise = 0) {
    add(value != otherwise, field, bits_literal(value));
  }
  std::string text() const { return "{" + text_ + "}"; }

 private:
  // "1U << 10 | 1U << 14".
  static std::string bits_literal(std::uint32_t bits) {
    std::string text;
    for (int code = 0; code < 32; ++code) {
      if ((bits >> static_cast<unsigned>(code) & 1U) == 0) continue;
      text += (text.empty() ? "1U << " : " | 1U << ") + std::to_string(code);
    }
    return text;
  }

  std::string text_;
};

}  // namespace cpp_lite::plugin
