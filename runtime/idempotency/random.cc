#include "idempotency/random.h"

#include <openssl/rand.h>

#include <cstddef>
#include <string_view>

namespace cpp_lite::idempotency {

namespace {

template <typename Array>
Array random_bytes() {
  Array bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    detail::die("libcrypto has no random numbers");
  }
  return bytes;
}

}  // namespace

Token random_token() { return random_bytes<Token>(); }

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
