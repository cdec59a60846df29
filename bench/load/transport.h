// A socket to the server, or TLS on one; nonblocking once it is connected.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <memory>

namespace bench {

class Transport {
 public:
  static constexpr ssize_t kClosed = -1;

  virtual int socket() const = 0;
  // Bytes; 0: not now; kClosed: never again. A full buffer may not be all that there is.
  virtual ssize_t read(char* to, std::size_t size) = 0;
  virtual ssize_t write(const iovec* pieces, int count) = 0;
  virtual ~Transport() = default;
};

// To the loopback address. Null, after a line on stderr: it cannot be reached.
std::unique_ptr<Transport> connect_plain(int port);
// TLS 1.3 with AES-128-GCM; believes any certificate.
std::unique_ptr<Transport> connect_tls(int port);

}  // namespace bench
