// SHA-256 and HMAC-SHA-256, by libcrypto.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/idempotency.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace cpp_lite::idempotency {

// Of what is fed to it piece by piece. Movable; one thread at a time.
class CPP_LITE_API Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  Sha256& add(std::span<const std::uint8_t> bytes);
  Sha256& add(std::string_view text);
  // Behind its length in 8 bytes, big-endian: no two lists of pieces hash alike by being cut apart
  // differently.
  Sha256& add_sized(std::string_view text);
  Digest finish();  // once

 private:
  struct Context;
  static std::unique_ptr<Context>& spare();
  std::unique_ptr<Context> context_;
};

CPP_LITE_API Digest sha256(std::span<const std::uint8_t> bytes);
CPP_LITE_API Digest hmac_sha256(const Digest& key, std::span<const std::uint8_t> message);

}  // namespace cpp_lite::idempotency
