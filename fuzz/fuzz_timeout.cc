// grpc-timeout: what decodes comes back from its own encoding no shorter.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz/check.h"
#include "wire/timeout.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cpp_lite::wire::decode_timeout;
  using cpp_lite::wire::TimeoutText;
  const auto timeout = decode_timeout({reinterpret_cast<const char*>(data), size});
  if (!timeout) return 0;
  FUZZ_CHECK(size >= 2 && size <= 9);
  FUZZ_CHECK(timeout->count() >= 0);
  const TimeoutText text(*timeout);
  FUZZ_CHECK(text.view().size() <= 9 && text.view().front() != '0');
  const auto again = decode_timeout(text.view());
  FUZZ_CHECK(again && *again >= *timeout);
  return 0;
}
