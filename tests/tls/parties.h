// Two ends of a connection in memory, in virtual time: what each hears of the other through TLS.
#pragma once

#include <cpp_lite/tls.h>
#include <gtest/gtest.h>
#include <openssl/err.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "h2/transport.h"
#include "io/pipe.h"
#include "support/fake_loop.h"
#include "tls/certificates.h"

namespace tls_test {

using namespace cpp_lite;

// One end: writes when it is told to, and takes notes.
struct End final : h2::Transport::Listener {
  std::unique_ptr<h2::Transport> transport;
  std::string heard;
  std::string closed;  // the reason
  int written = 0;

  void say(std::string_view words) { transport->write({words.begin(), words.end()}); }

  void on_bytes(std::span<const std::uint8_t> bytes) override {
    heard.append(bytes.begin(), bytes.end());
  }
  void on_written(std::vector<std::uint8_t>) override { ++written; }
  void on_closed(std::string reason) override {
    EXPECT_EQ(closed, "");
    closed = std::move(reason);
  }
};

// A peer that is OpenSSL alone, and does what ours would not.
struct RawPeer final : h2::Transport::Listener {
  explicit RawPeer(const SSL_METHOD* method) : context(SSL_CTX_new(method)) {
    SSL_CTX_set_security_level(context.get(), 0);
  }
  void start(std::unique_ptr<h2::Transport> bare) {
    transport = std::move(bare);
    ssl.reset(SSL_new(context.get()));
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    if (alpn) SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>("\x02h2"), 3);
    if (session != nullptr) SSL_set_session(ssl.get(), session);
    SSL_set_connect_state(ssl.get());
    transport->start(*this);
    pump();
  }
  void pump() {
    char discarded[4096];
    const int got = SSL_read(ssl.get(), discarded, sizeof discarded);
    if (got <= 0 && error == 0 && SSL_get_error(ssl.get(), got) == SSL_ERROR_SSL) {
      error = ERR_GET_REASON(ERR_peek_error());
    }
    ERR_clear_error();
    flush();
  }
  void flush() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl.get()), &bytes);
    if (busy || size <= 0) return;
    busy = true;
    std::vector<std::uint8_t> out(bytes, bytes + size);
    (void)BIO_reset(SSL_get_wbio(ssl.get()));
    transport->write(std::move(out));
  }
  void on_bytes(std::span<const std::uint8_t> bytes) override {
    BIO_write(SSL_get_rbio(ssl.get()), bytes.data(), static_cast<int>(bytes.size()));
    pump();
  }
  void on_written(std::vector<std::uint8_t>) override {
    busy = false;
    flush();
  }
  void on_closed(std::string) override { closed = true; }

  tls::SslCtx context;
  tls::Ssl ssl;
  std::unique_ptr<h2::Transport> transport;
  SSL_SESSION* session = nullptr;  // to be resumed
  bool alpn = true;
  bool busy = false;
  bool closed = false;
  int error = 0;  // OpenSSL's reason, the first one
};

class Parties : public ::testing::Test {
 protected:
  static TlsIdentity identity(const Issued& issued) {
    return {.chain = {.text = issued.certificate}, .key = {.text = issued.key}};
  }
  TlsServerOptions serves(const Issued& issued) const {
    return {.certificates = {identity(issued)}};
  }
  TlsServerOptions asks(ClientCertificates clients) const {
    TlsServerOptions options = serves(here);
    options.client_certificates = clients;
    options.client_roots.text = authority.certificate();
    return options;
  }
  TlsClientOptions trusts() const { return {.roots = {.text = authority.certificate()}}; }
  TlsClientOptions shows(const Issued& issued) const {
    TlsClientOptions options = trusts();
    options.identity = identity(issued);
    return options;
  }

  // A new connection, up to the end of its handshake.
  void connect(const std::shared_ptr<TlsClient>& ours, const std::shared_ptr<TlsServer>& theirs,
               const std::string& target = "here.test:443") {
    ASSERT_TRUE(ours->check().ok()) << ours->check().to_string();
    open_server(theirs);
    client = std::make_unique<End>();
    client->transport = ours->secure(*loop, std::move(pipe.client), target);
    client->transport->start(*client);
    loop->run_until_idle();
  }
  void connect(const TlsClientOptions& ours, const TlsServerOptions& theirs) {
    connect(tls_client(ours), tls_server(theirs));
  }
  void connect(RawPeer& raw, const TlsServerOptions& theirs) {
    open_server(tls_server(theirs));
    raw.start(std::move(pipe.client));
    loop->run_until_idle();
  }
  void open_server(const std::shared_ptr<TlsServer>& theirs) {
    ASSERT_TRUE(theirs->check().ok()) << theirs->check().to_string();
    pipe = io::make_pipe(*loop);
    if (chunk != 0) {
      pipe.control->set_to_server({.chunk = chunk});
      pipe.control->set_to_client({.chunk = chunk});
    }
    server = std::make_unique<End>();
    server->transport = theirs->secure(*loop, std::move(pipe.server),
                                       [this](LogLevel level, std::string_view line) {
                                         if (level >= LogLevel::warning) log += line;
                                       });
    server->transport->start(*server);
  }
  bool talk() {
    if (!client->closed.empty() || !server->closed.empty()) return false;
    client->say("ping");
    server->say("pong");
    loop->run_until_idle();
    return client->heard == "pong" && server->heard == "ping";
  }

  const Authority authority{"the authority"};
  const Issued here = authority.issue({.common_name = "here", .names = "DNS:here.test"});
  std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  std::size_t chunk = 0;
  io::Pipe pipe;
  std::string log;  // the server's warnings
  std::unique_ptr<End> client, server;
};

}  // namespace tls_test
