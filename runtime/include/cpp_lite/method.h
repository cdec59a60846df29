// What the .proto says about a method: constants that the generator prints and everything reads.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace cpp_lite {

// How often a method's effect may safely happen; decides what may be repeated.
enum class Safety : std::uint8_t {
  unsafe,           // nothing is known: repeated only when proven not executed
  idempotent,       // option idempotency_level = IDEMPOTENT
  no_side_effects,  // option idempotency_level = NO_SIDE_EFFECTS
  keyed,            // (cpp_lite.method).idempotency names a key
};

// One rpc. Lives as long as the generated code that holds it: for the whole program.
struct Method {
  std::string_view path;  // "/package.Service/Method", as on the wire
  bool client_streams = false;
  bool server_streams = false;
  Safety safety = Safety::unsafe;
  std::chrono::nanoseconds default_timeout{};  // 0: the caller must say; kUnbounded: never
  std::chrono::nanoseconds max_timeout{};      // 0: no cap
  std::chrono::nanoseconds idle_timeout{};     // of a stream, between two messages; 0: none
  bool wait_for_ready = false;

  constexpr bool unary() const { return !client_streams && !server_streams; }
};

}  // namespace cpp_lite
