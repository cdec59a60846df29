#include "tls/memory_bio.h"

#include <algorithm>
#include <cstring>

namespace cpp_lite::tls {
namespace {

MemoryBio& memory_of(BIO* bio) { return *static_cast<MemoryBio*>(BIO_get_data(bio)); }

int read_from(BIO* bio, char* to, std::size_t size, std::size_t* read) {
  std::span<const std::uint8_t>& in = memory_of(bio).in;
  BIO_clear_retry_flags(bio);
  *read = std::min(size, in.size());
  if (*read == 0) {
    BIO_set_retry_read(bio);
    return 0;
  }
  std::memcpy(to, in.data(), *read);
  in = in.subspan(*read);
  return 1;
}

int write_to(BIO* bio, const char* from, std::size_t size, std::size_t* written) {
  std::vector<std::uint8_t>& out = memory_of(bio).out;
  BIO_clear_retry_flags(bio);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(from);
  out.insert(out.end(), bytes, bytes + size);
  *written = size;
  return 1;
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

}  // namespace

BioMethod MemoryBio::make_method() {
  BioMethod method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "cpp-lite"));
  if (method == nullptr) return nullptr;
  BIO_meth_set_read_ex(method.get(), &read_from);
  BIO_meth_set_write_ex(method.get(), &write_to);
  BIO_meth_set_ctrl(method.get(), &control);
  return method;
}

BIO* MemoryBio::make(const BIO_METHOD& method) {
  BIO* bio = BIO_new(&method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace cpp_lite::tls
