// Decompression: no input inflates beyond the limit, and what inflates comes back from its own
// compression the same.
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/check.h"
#include "wire/compress.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLimit = 1 << 16;
  cpp_lite::wire::Gunzip gunzip;
  std::vector<std::uint8_t> message;
  if (!gunzip.decompress(std::span(data, size), kLimit, message).ok()) return 0;
  FUZZ_CHECK(message.size() <= kLimit);
  cpp_lite::wire::Gzip gzip;
  std::vector<std::uint8_t> compressed, again;
  FUZZ_CHECK(gzip.compress(message, compressed).ok());
  FUZZ_CHECK(gunzip.decompress(compressed, kLimit, again).ok());
  FUZZ_CHECK(again == message);
  return 0;
}
