#include "idempotency/random.h"

#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "idempotency/system.h"

namespace cpp_lite::idempotency {

namespace {

constexpr std::size_t kTokensAtOnce = 32;

void fill(std::uint8_t* bytes, std::size_t size) {
  if (RAND_bytes(bytes, static_cast<int>(size)) != 1) {
    detail::die("libcrypto has no random numbers");
  }
}

template <typename Array>
Array random_bytes() {
  Array bytes{};
  fill(bytes.data(), bytes.size());
  return bytes;
}

}  // namespace

// To ask costs as much for many bytes as for few, and more than all else that a claim needs before
// it is sent. A process that was forked must not go on with what its parent drew.
Token random_token() {
  struct Drawn {
    std::int64_t by = 0;
    std::size_t used = kTokensAtOnce;
    std::array<Token, kTokensAtOnce> tokens{};
  };
  thread_local Drawn drawn;
  const std::int64_t process = process_id();
  if (drawn.used == kTokensAtOnce || drawn.by != process) {
    drawn.by = process;
    drawn.used = 0;
    fill(drawn.tokens.front().data(), sizeof(drawn.tokens));
  }
  return drawn.tokens[drawn.used++];
}

std::string random_store_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : random_bytes<Token>()) {
    text.push_back(kDigits[byte >> 4U]);
    text.push_back(kDigits[byte & 0x0fU]);
  }
  return text;
}

Digest random_secret() { return random_bytes<Digest>(); }

}  // namespace cpp_lite::idempotency
