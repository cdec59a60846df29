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

// When a failed attempt is repeated (docs/guide/retries.md). Built in for methods that are safe to
// repeat: the defaults here.
struct RetryPolicyData {
  std::uint8_t max_attempts = 0;  // the first one included; 0: nothing was said
  std::chrono::nanoseconds initial_backoff = std::chrono::milliseconds(50);
  std::chrono::nanoseconds max_backoff = std::chrono::seconds(1);
  double backoff_multiplier = 2;
  std::uint32_t codes = 1U << 14;  // bit n: status code n; UNAVAILABLE
};

// When further attempts are sent beside one that is under way.
struct HedgingPolicyData {
  std::uint8_t max_attempts = 0;  // 0: no hedging
  std::chrono::nanoseconds delay{};
  std::uint32_t non_fatal_codes = 0;  // bit n: status code n
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
  std::chrono::nanoseconds attempt_timeout{};  // until the response begins; 0: none
  RetryPolicyData retry{};                     // max_attempts 0: the built-in one, if safe
  HedgingPolicyData hedging{};
  bool no_retry = false;
  // Of keyed methods: where the request carries its key, and whether a client makes up a missing
  // one.
  std::uint32_t key_field = 0;           // its number; 0: not in the message
  std::string_view key_field_name = {};  // as the .proto spells it
  std::string_view key_metadata = {};    // else the key of the metadata
  bool client_generates = false;

  constexpr bool unary() const { return !client_streams && !server_streams; }
};

}  // namespace cpp_lite
