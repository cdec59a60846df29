#include "load/transport.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#if BENCH_TLS
#include <openssl/ssl.h>
#endif

namespace bench {

namespace {

class Plain final : public Transport {
 public:
  explicit Plain(int socket) : socket_(socket) {}
  ~Plain() override { close(socket_); }
  int socket() const override { return socket_; }

  ssize_t read(char* to, std::size_t size) override {
    const ssize_t got = recv(socket_, to, size, 0);
    return got > 0 ? got : result(got);
  }
  ssize_t write(const iovec* pieces, int count) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces);
    message.msg_iovlen = static_cast<std::size_t>(count);
    const ssize_t sent = sendmsg(socket_, &message, MSG_NOSIGNAL);
    return sent > 0 ? sent : result(sent);
  }

 private:
  static ssize_t result(ssize_t did) {
    return did < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : kClosed;
  }
  const int socket_;
};

// -1, after a line on stderr.
int connected_socket(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0 ||
      connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    std::perror("connect");
    if (socket >= 0) close(socket);
    return -1;
  }
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

void set_nonblocking(int socket) { fcntl(socket, F_SETFL, O_NONBLOCK); }

#if BENCH_TLS
class Tls final : public Transport {
 public:
  Tls(int socket, SSL* ssl) : socket_(socket), ssl_(ssl) {}
  ~Tls() override {
    SSL_free(ssl_);
    close(socket_);
  }
  int socket() const override { return socket_; }

  // Until the buffer is full, because what OpenSSL has read already wakes nobody.
  ssize_t read(char* to, std::size_t size) override {
    std::size_t got = 0;
    while (got < size) {
      const int did = SSL_read(ssl_, to + got, static_cast<int>(size - got));
      if (did <= 0) return got > 0 ? static_cast<ssize_t>(got) : result(did);
      got += static_cast<std::size_t>(did);
    }
    return static_cast<ssize_t>(got);
  }
  // Of several pieces one record. What is tried again after "not now" begins with the same bytes.
  ssize_t write(const iovec* pieces, int count) override {
    char record[16384];
    std::size_t size = 0;
    for (int i = 0; i < count && size < sizeof(record); ++i) {
      const std::size_t part = std::min(pieces[i].iov_len, sizeof(record) - size);
      std::memcpy(record + size, pieces[i].iov_base, part);
      size += part;
    }
    const int did = SSL_write(ssl_, record, static_cast<int>(size));
    return did > 0 ? did : result(did);
  }

 private:
  ssize_t result(int did) const {
    const int error = SSL_get_error(ssl_, did);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE ? 0 : kClosed;
  }
  const int socket_;
  SSL* const ssl_;
};

SSL_CTX* tls_context() {
  static SSL_CTX* const context = [] {
    constexpr unsigned char kAlpn[] = {2, 'h', '2'};
    SSL_CTX* const made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(made, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(made, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_alpn_protos(made, kAlpn, sizeof(kAlpn));
    SSL_CTX_set_read_ahead(made, 1);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return made;
  }();
  return context;
}
#endif

}  // namespace

std::unique_ptr<Transport> connect_plain(int port) {
  const int socket = connected_socket(port);
  if (socket < 0) return nullptr;
  set_nonblocking(socket);
  return std::make_unique<Plain>(socket);
}

std::unique_ptr<Transport> connect_tls([[maybe_unused]] int port) {
#if BENCH_TLS
  const int socket = connected_socket(port);
  if (socket < 0) return nullptr;
  SSL* const ssl = SSL_new(tls_context());
  SSL_set_tlsext_host_name(ssl, "localhost");
  SSL_set_fd(ssl, socket);
  auto transport = std::make_unique<Tls>(socket, ssl);
  if (SSL_connect(ssl) != 1) {
    std::fprintf(stderr, "the TLS handshake failed\n");
    return nullptr;
  }
  set_nonblocking(socket);
  return transport;
#else
  std::fprintf(stderr, "this build has no TLS\n");
  return nullptr;
#endif
}

}  // namespace bench
