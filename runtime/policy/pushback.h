// grpc-retry-pushback-ms: what the server says about another attempt (gRFC A6; docs/rules.md R23 to
// R26).
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace cpp_lite::policy {

struct Pushback {
  enum class Kind : std::uint8_t {
    none,
    wait,   // try again after exactly `delay`
    never,  // negative, several, or not to be understood
  };
  Kind kind = Kind::none;
  std::chrono::milliseconds delay{};

  // Takes one value of the field; a second one makes it `never`. The grammar: a decimal int32
  // without needless zeros.
  void read(std::string_view value);
};

}  // namespace cpp_lite::policy
