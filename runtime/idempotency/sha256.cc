#include "idempotency/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>

namespace cpp_lite::idempotency {

namespace {

void check(bool done) {
  if (!done) detail::die("libcrypto has no SHA-256");
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

struct Sha256::Context {
  Context() { check(evp != nullptr); }
  ~Context() { EVP_MD_CTX_free(evp); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  EVP_MD_CTX* const evp = EVP_MD_CTX_new();
};

// To find the algorithm and to make a context costs more than to hash a request: the one is done
// once, and of the others each thread keeps one that was used.
namespace {
const EVP_MD* algorithm() {
  static const EVP_MD* const found = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return found;
}
}  // namespace

std::unique_ptr<Sha256::Context>& Sha256::spare() {
  thread_local std::unique_ptr<Context> context;
  return context;
}

Sha256::Sha256() : context_(std::move(spare())) {
  if (context_ == nullptr) context_ = std::make_unique<Context>();
  check(EVP_DigestInit_ex(context_->evp, algorithm(), nullptr) == 1);
}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() {
  if (context_ != nullptr) spare() = std::move(context_);
}

Sha256& Sha256::add(std::span<const std::uint8_t> bytes) {
  check(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1);
  return *this;
}

Sha256& Sha256::add(std::string_view text) { return add(bytes_of(text)); }

Sha256& Sha256::add_sized(std::string_view text) {
  std::array<std::uint8_t, 8> length{};
  for (std::size_t i = 0; i < length.size(); ++i) {
    length[i] = static_cast<std::uint8_t>(std::uint64_t{text.size()} >> (8 * (7 - i)));
  }
  return add(length).add(text);
}

Digest Sha256::finish() {
  Digest digest{};
  check(EVP_DigestFinal_ex(context_->evp, digest.data(), nullptr) == 1);
  return digest;
}

Digest sha256(std::span<const std::uint8_t> bytes) { return Sha256().add(bytes).finish(); }

Digest hmac_sha256(const Digest& key, std::span<const std::uint8_t> message) {
  Digest digest{};
  check(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
             digest.data(), nullptr) != nullptr);
  return digest;
}

}  // namespace cpp_lite::idempotency
