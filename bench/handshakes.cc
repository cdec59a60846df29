// bench_handshakes: makes one TLS 1.3 connection after the other to a server on the loopback
// address, and prints as one line of JSON what that cost the server's process. Exit code 1: one of
// them went wrong, or was not resumed though it should have been.
//
//   --port=N --server=PID   where it is, and whose processor time is measured
//   --handshakes=N          how many; a tenth as many come before and do not count
//   --resume                with the ticket of the connection before
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "flags.h"
#include "load/process.h"

namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;
using Session = std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)>;

class Client {
 public:
  Client(int port, bool resumes)
      : port_(port), resumes_(resumes), context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    constexpr unsigned char kAlpn[] = {2, 'h', '2'};
    SSL_CTX* const context = context_.get();
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set1_groups_list(context, "X25519");
    SSL_CTX_set_alpn_protos(context, kAlpn, sizeof(kAlpn));
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
      static_cast<Client*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->ticket_.reset(session);
      return 1;
    });
    // A read returns when a ticket has come.
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  }

  // A connection, until the server has sent its ticket and has closed it in good order.
  bool connect() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool good =
        ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
        shake(socket);
    close(socket);
    return good;
  }
  std::uint64_t resumed() const { return resumed_; }

 private:
  bool shake(int socket) {
    const Connection connection(SSL_new(context_.get()), SSL_free);
    SSL* const ssl = connection.get();
    SSL_set_fd(ssl, socket);
    SSL_set_tlsext_host_name(ssl, "localhost");
    if (resumes_ && ticket_ != nullptr) SSL_set_session(ssl, ticket_.get());
    ticket_.reset();
    if (SSL_connect(ssl) != 1) return false;
    if (SSL_session_reused(ssl) == 1) ++resumed_;
    char bytes[4096];
    while (ticket_ == nullptr) {
      const int got = SSL_read(ssl, bytes, sizeof(bytes));
      if (got <= 0 && SSL_get_error(ssl, got) != SSL_ERROR_WANT_READ) return false;
    }
    SSL_shutdown(ssl);
    ssize_t more = 1;
    while (more > 0) more = recv(socket, bytes, sizeof(bytes), 0);
    return more == 0;
  }

  const int port_;
  const bool resumes_;
  const Context context_;
  Session ticket_{nullptr, SSL_SESSION_free};
  std::uint64_t resumed_ = 0;
};

bool repeat(Client& client, long count) {
  for (long i = 0; i < count; ++i) {
    if (client.connect()) continue;
    std::fprintf(stderr, "bench_handshakes: handshake %ld went wrong\n", i);
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Flags flags(
      argc, argv, {{"port", "0"}, {"server", "0"}, {"handshakes", "2000"}, {"resume", "0"}});
  const long count = flags.number("handshakes");
  const int server = static_cast<int>(flags.number("server"));
  Client client(static_cast<int>(flags.number("port")), flags.set("resume"));
  if (!repeat(client, count / 10 + 1)) return 1;
  const std::uint64_t resumed_before = client.resumed();
  const bench::Usage before = bench::usage_of(server, "");
  const auto begin = std::chrono::steady_clock::now();
  if (!repeat(client, count)) return 1;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  const bench::Usage after = bench::usage_of(server, "");
  const auto resumed = static_cast<long>(client.resumed() - resumed_before);
  const auto each = [count](double seconds) { return seconds * 1e6 / static_cast<double>(count); };
  std::printf(
      "{\"handshakes\": %ld, \"resumed\": %ld, \"per_s\": %.1f, \"server_us\": %.2f, "
      "\"server_user_us\": %.2f, \"server_system_us\": %.2f}\n",
      count, resumed, static_cast<double>(count) / took.count(), each(after.cpu - before.cpu),
      each(after.user - before.user), each(after.system - before.system));
  return resumed == (flags.set("resume") ? count : 0) ? 0 : 1;
}
