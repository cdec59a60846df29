// Where OpenSSL reads and writes: memory that the stream shows it, without a buffer in between.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tls/openssl.h"

namespace cpp_lite::tls {

struct MemoryBio {
  std::span<const std::uint8_t> in;  // what came and was not read yet
  std::vector<std::uint8_t> out;     // what was written and is to be sent

  // Of all such BIOs; must outlive them. Null if there is no memory.
  static BioMethod make_method();
  // Reads and writes here; must not outlive this.
  BIO* make(const BIO_METHOD& method);
};

}  // namespace cpp_lite::tls
