// What is refused, by which side, and in which words.
#include <openssl/err.h>

#include <string>

#include "tls/parties.h"

namespace tls_test {
namespace {

using Refusal = Parties;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Refusal, OfACertificateForAnotherName) {
  connect(tls_client(trusts()), tls_server(serves(here)), "there.test:443");
  EXPECT_EQ(client->closed,
            "TLS: the server's certificate (CN=here) is for here.test, not for there.test");
  EXPECT_TRUE(has(server->closed, "TLS: the client refused: alert \"bad certificate\" (42)"))
      << server->closed;
  EXPECT_EQ(log, "the TLS handshake with inproc: failed: " + server->closed.substr(5));
}

TEST_F(Refusal, IsOfTheNameThatIsGivenInsteadOfTheTarget) {
  TlsClientOptions options = trusts();
  options.server_name = "here.test";
  connect(tls_client(options), tls_server(serves(here)), "there.test:443");
  EXPECT_TRUE(talk());
  options.server_name = "there.test";
  connect(options, serves(here));
  EXPECT_TRUE(has(client->closed, "is for here.test, not for there.test")) << client->closed;
}

TEST_F(Refusal, OfACommonNameWithoutAlternativeNames) {
  const Issued old = authority.issue({.common_name = "here.test"});
  connect(trusts(), serves(old));
  EXPECT_EQ(
      client->closed,
      "TLS: the server's certificate (CN=here.test) is for no name at all, not for here.test");
}

TEST_F(Refusal, OfAnExpiredCertificate) {
  const Issued old = authority.issue(
      {.common_name = "old", .names = "DNS:here.test", .from_days = -3, .until_days = -2});
  connect(trusts(), serves(old));
  EXPECT_TRUE(client->closed.starts_with("TLS: the server's certificate (CN=old) expired on 20"))
      << client->closed;
  EXPECT_TRUE(
      has(server->closed, "alert \"certificate expired\" (45), our certificate has expired"))
      << server->closed;
}

TEST_F(Refusal, OfACertificateBeforeItsTime) {
  const Issued early = authority.issue(
      {.common_name = "early", .names = "DNS:here.test", .from_days = 2, .until_days = 3});
  connect(trusts(), serves(early));
  EXPECT_TRUE(
      client->closed.starts_with("TLS: the server's certificate (CN=early) is not valid before 20"))
      << client->closed;
}

TEST_F(Refusal, OfACertificateThatNobodyTrustedVouchesFor) {
  const Authority other("another authority");
  const Issued theirs = other.issue({.common_name = "theirs", .names = "DNS:here.test"});
  connect(trusts(), serves(theirs));
  EXPECT_TRUE(client->closed.starts_with(
      "TLS: the server's certificate (CN=theirs) is not trusted by PEM text: unable to get"))
      << client->closed;
  EXPECT_TRUE(has(server->closed, "alert \"unknown CA\" (48), it does not trust our certificate"))
      << server->closed;
}

TEST_F(Refusal, OfACertificateThatVouchesForItself) {
  connect(trusts(), serves(issue_alone({.common_name = "alone", .names = "DNS:here.test"})));
  EXPECT_TRUE(has(client->closed, "(CN=alone) is not trusted by PEM text: self-signed certificate"))
      << client->closed;
}

TEST_F(Refusal, OfAPrivateServerByWhoTrustsTheSystem) {
  connect(TlsClientOptions{}, serves(here));
  EXPECT_TRUE(has(client->closed, "is not trusted by the system")) << client->closed;
}

TEST_F(Refusal, OfAClientWithoutACertificate) {
  connect(trusts(), asks(ClientCertificates::required));
  EXPECT_EQ(server->closed, "TLS: the client showed no certificate, and has to");
  EXPECT_EQ(client->closed,
            "TLS: the server refused: alert \"certificate required\" (116), it wants a client "
            "certificate");
  EXPECT_EQ(log,
            "the TLS handshake with inproc: failed: the client showed no certificate, and has "
            "to");
}

TEST_F(Refusal, OfAClientThatNobodyTrustedVouchesFor) {
  const Authority other("another authority");
  const Issued stranger = other.issue({.common_name = "stranger", .names = "DNS:stranger.test"});
  for (const auto clients : {ClientCertificates::required, ClientCertificates::optional}) {
    connect(shows(stranger), asks(clients));
    EXPECT_TRUE(has(server->closed,
                    "the client's certificate (CN=stranger) is not trusted by PEM "
                    "text: unable to get"))
        << server->closed;
    EXPECT_TRUE(has(client->closed, "it does not trust our certificate")) << client->closed;
  }
}

TEST_F(Refusal, OfAClientWhoseCertificateHasExpired) {
  const Issued old = authority.issue(
      {.common_name = "old", .names = "DNS:old.test", .from_days = -3, .until_days = -2});
  connect(shows(old), asks(ClientCertificates::required));
  EXPECT_TRUE(has(server->closed, "the client's certificate (CN=old) expired on "))
      << server->closed;
}

TEST_F(Refusal, OfWhatWasTrustedBeforeAReload) {
  const Issued ledger = authority.issue({.common_name = "ledger", .names = "DNS:ledger.test"});
  const auto ours = tls_client(shows(ledger));
  const auto theirs = tls_server(asks(ClientCertificates::required));
  connect(ours, theirs);
  ASSERT_TRUE(talk());
  TlsServerOptions stricter = asks(ClientCertificates::required);
  stricter.client_roots.text = Authority("another authority").certificate();
  ASSERT_TRUE(theirs->reload(stricter).ok());
  connect(ours, theirs);
  EXPECT_TRUE(has(server->closed, "is not trusted")) << server->closed << " (it was resumed)";
}

TEST_F(Refusal, OfTls11ByTheServer) {
  RawPeer raw(TLS_client_method());
  SSL_CTX_set_max_proto_version(raw.context.get(), TLS1_1_VERSION);
  connect(raw, serves(here));
  EXPECT_EQ(server->closed, "TLS: the client speaks no version of TLS from 1.2 up");
  EXPECT_EQ(raw.error, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
}

TEST_F(Refusal, OfTls12WhereOnly13Will) {
  TlsServerOptions options = serves(here);
  options.min_version = TlsVersion::tls_1_3;
  RawPeer raw(TLS_client_method());
  SSL_CTX_set_max_proto_version(raw.context.get(), TLS1_2_VERSION);
  connect(raw, options);
  EXPECT_EQ(server->closed, "TLS: the client speaks no version of TLS from 1.3 up");
}

TEST_F(Refusal, OfCiphersThatHttp2Forbids) {
  RawPeer raw(TLS_client_method());
  SSL_CTX_set_max_proto_version(raw.context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(raw.context.get(), "AES128-SHA:ECDHE-ECDSA-AES128-SHA256");
  connect(raw, serves(here));
  EXPECT_EQ(server->closed, "TLS: no cipher suite in common with the client");
}

TEST_F(Refusal, OfAClientThatOffersNoHttp2) {
  RawPeer raw(TLS_client_method());
  raw.alpn = false;
  connect(raw, serves(here));
  EXPECT_EQ(server->closed, "TLS: the client does not offer HTTP/2 (ALPN \"h2\")");
  EXPECT_EQ(raw.error, SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL);
}

TEST_F(Refusal, OfAClientThatOffersOtherProtocols) {
  RawPeer raw(TLS_client_method());
  raw.alpn = false;
  SSL_CTX_set_alpn_protos(raw.context.get(), reinterpret_cast<const unsigned char*>("\x08http/1.1"),
                          9);
  connect(raw, serves(here));
  EXPECT_EQ(server->closed, "TLS: the client does not offer HTTP/2 (ALPN \"h2\")");
  EXPECT_EQ(raw.error, SSL_AD_REASON_OFFSET + SSL_AD_NO_APPLICATION_PROTOCOL);
}

TEST_F(Refusal, OfRenegotiation) {
  RawPeer raw(TLS_client_method());
  SSL_CTX_set_max_proto_version(raw.context.get(), TLS1_2_VERSION);
  connect(raw, serves(here));
  ASSERT_EQ(SSL_is_init_finished(raw.ssl.get()), 1);
  ASSERT_EQ(SSL_renegotiate(raw.ssl.get()), 1);
  SSL_do_handshake(raw.ssl.get());
  raw.pump();
  loop->run_until_idle();
  EXPECT_EQ(server->closed,
            "TLS: the client wants to renegotiate, which HTTP/2 forbids (RFC 9113 9.2.1)");
  EXPECT_EQ(raw.error, SSL_R_NO_RENEGOTIATION);
}

TEST_F(Refusal, OfPlaintext) {
  open_server(tls_server(serves(here)));
  End plain;
  plain.transport = std::move(pipe.client);
  plain.transport->start(plain);
  plain.say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  loop->run_until_idle();
  EXPECT_EQ(server->closed, "TLS: the client does not speak TLS");
  EXPECT_EQ(plain.closed, "connection closed");
}

TEST_F(Refusal, OfAServerThatSpeaksPlaintext) {
  pipe = io::make_pipe(*loop);
  End plain;
  plain.transport = std::move(pipe.server);
  plain.transport->start(plain);
  plain.say(std::string("\0\0\0\4\0\0\0\0\0", 9));
  client = std::make_unique<End>();
  client->transport = tls_client(trusts())->secure(*loop, std::move(pipe.client), "here.test");
  client->transport->start(*client);
  loop->run_until_idle();
  EXPECT_EQ(client->closed, "TLS: the server does not speak TLS");
}

TEST_F(Refusal, OfBytesThatWereChangedOnTheWay) {
  RawPeer raw(TLS_client_method());
  connect(raw, serves(here));
  raw.transport->write(std::vector<std::uint8_t>{23, 3,  3,  0,  20, 1,  2,  3,  4,  5,  6,  7, 8,
                                                 9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20});
  loop->run_until_idle();
  EXPECT_TRUE(has(server->closed, "TLS: decryption failed or bad record mac")) << server->closed;
}

TEST_F(Refusal, WarnsOnceASecond) {
  const auto theirs = tls_server(serves(here));
  connect(tls_client(trusts()), theirs, "there.test");
  log.clear();
  connect(tls_client(trusts()), theirs, "there.test");
  EXPECT_EQ(log, "");
  loop->advance(std::chrono::seconds(1));
  connect(tls_client(trusts()), theirs, "there.test");
  EXPECT_NE(log, "");
  EXPECT_EQ(theirs->stats().failed, 3U);
}

}  // namespace
}  // namespace tls_test
