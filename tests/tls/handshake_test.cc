// Handshakes that succeed, and what they leave.
#include <openssl/err.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

#include "io/io_support.h"
#include "tls/parties.h"

namespace tls_test {
namespace {

using Handshake = Parties;

TEST_F(Handshake, CarriesBytesBothWays) {
  connect(trusts(), serves(here));
  EXPECT_TRUE(talk()) << client->closed << server->closed;
  EXPECT_EQ(client->written, 1);
  EXPECT_EQ(server->written, 1);
}

TEST_F(Handshake, HoldsWhatIsWrittenBeforeItIsOver) {
  const auto ours = tls_client(trusts());
  open_server(tls_server(serves(here)));
  client = std::make_unique<End>();
  client->transport = ours->secure(*loop, std::move(pipe.client), "here.test");
  client->transport->start(*client);
  client->say("early");
  server->say("bird");
  EXPECT_EQ(client->transport->handshake(), "TLS");
  loop->run_until_idle();
  EXPECT_EQ(server->heard, "early");
  EXPECT_EQ(client->heard, "bird");
  EXPECT_EQ(client->transport->handshake(), "");
  EXPECT_EQ(client->written + server->written, 2);
}

TEST_F(Handshake, TakesBytesInPiecesOfAnySize) {
  for (chunk = 1; chunk < 8; ++chunk) {
    connect(trusts(), serves(here));
    EXPECT_TRUE(talk()) << chunk;
  }
}

TEST_F(Handshake, CarriesMoreThanManyRecords) {
  connect(trusts(), serves(here));
  const std::string much(3'000'000, 'm');
  client->say(much);
  server->say(much);
  loop->run_until_idle();
  EXPECT_TRUE(client->heard == much);
  EXPECT_TRUE(server->heard == much);
}

TEST_F(Handshake, CarriesPiecesInOrder) {
  connect(trusts(), serves(here));
  h2::Output output;
  std::string all;
  for (const std::size_t size : {10'000U, 16'384U, 1U, 40'000U, 16'383U, 7'000U}) {
    h2::Body body = std::vector<std::uint8_t>(size, static_cast<std::uint8_t>('a' + size % 26));
    output.bytes.push_back('|');
    output.refer(body, body.bytes());
    all.append("|").append(size, static_cast<char>('a' + size % 26));
  }
  client->transport->write_pieces(std::move(output));
  loop->run_until_idle();
  EXPECT_TRUE(server->heard == all);
  EXPECT_EQ(client->written, 1);
}

TEST_F(Handshake, EndsWithANoticeOnBothSides) {
  connect(trusts(), serves(here));
  client->say("the last word");
  client->transport->close();
  loop->run_until_idle();
  EXPECT_EQ(server->heard, "the last word");
  EXPECT_EQ(server->closed, "connection closed");
  EXPECT_EQ(client->closed, "");
}

TEST_F(Handshake, CutShortIsNoFaultOfTls) {
  open_server(tls_server(serves(here)));
  pipe.client = nullptr;
  loop->run_until_idle();
  EXPECT_EQ(server->closed, "the TLS handshake was cut short: connection closed");
  EXPECT_EQ(log, "");
}

TEST_F(Handshake, IsResumedByLaterConnections) {
  const auto ours = tls_client(trusts());
  const auto theirs = tls_server(serves(here));
  for (int i = 0; i < 3; ++i) {
    connect(ours, theirs);
    ASSERT_TRUE(talk());
    client->transport->close();
    loop->run_until_idle();
  }
  EXPECT_EQ(ours->stats().completed, 3U);
  EXPECT_EQ(ours->stats().resumed, 2U);
  EXPECT_EQ(theirs->stats().resumed, 2U);
}

TEST_F(Handshake, IsResumedInTls12Too) {
  const auto theirs = tls_server(serves(here));
  RawPeer raw(TLS_client_method());
  SSL_CTX_set_max_proto_version(raw.context.get(), TLS1_2_VERSION);
  open_server(theirs);
  raw.start(std::move(pipe.client));
  loop->run_until_idle();
  EXPECT_STREQ(SSL_get_version(raw.ssl.get()), "TLSv1.2");
  const tls::Session session(SSL_get1_session(raw.ssl.get()));
  SSL_set_shutdown(raw.ssl.get(), SSL_SENT_SHUTDOWN);
  RawPeer again(TLS_client_method());
  SSL_CTX_set_max_proto_version(again.context.get(), TLS1_2_VERSION);
  again.session = session.get();
  open_server(theirs);
  again.start(std::move(pipe.client));
  loop->run_until_idle();
  EXPECT_EQ(theirs->stats().completed, 2U);
  EXPECT_EQ(theirs->stats().resumed, 1U);
}

TEST_F(Handshake, IsNotResumedWhereThatIsOff) {
  TlsServerOptions options = serves(here);
  options.resume = false;
  const auto ours = tls_client(trusts());
  const auto theirs = tls_server(options);
  for (int i = 0; i < 2; ++i) {
    connect(ours, theirs);
    EXPECT_TRUE(talk());
  }
  EXPECT_EQ(theirs->stats().resumed, 0U);
}

TEST_F(Handshake, TellsTheServerWhoTheClientIs) {
  const Issued ledger =
      authority.issue({.common_name = "Ledger",
                       .names = "DNS:ledger.test,"
                                "URI:spiffe://test/ledger,email:l@test,IP:10.0.0.7"});
  const auto ours = tls_client(shows(ledger));
  const auto theirs = tls_server(asks(ClientCertificates::required));
  // The second one is resumed.
  for (int i = 0; i < 2; ++i) {
    connect(ours, theirs);
    ASSERT_TRUE(talk()) << client->closed << server->closed;
    const auto who = server->transport->certificate();
    ASSERT_NE(who, nullptr);
    EXPECT_EQ(who->name, "spiffe://test/ledger");
    EXPECT_EQ(who->common_name, "Ledger");
    EXPECT_EQ(who->subject, "CN=Ledger");
    EXPECT_EQ(who->issuer, "CN=the authority");
    EXPECT_EQ(who->dns_names, std::vector<std::string>{"ledger.test"});
    EXPECT_EQ(who->emails, std::vector<std::string>{"l@test"});
    EXPECT_EQ(who->addresses, std::vector<std::string>{"10.0.0.7"});
    EXPECT_FALSE(who->der.empty());
  }
  EXPECT_EQ(theirs->stats().resumed, 1U);
}

TEST_F(Handshake, NeedsNoCertificateOfAClientWhereThatIsOptional) {
  connect(trusts(), asks(ClientCertificates::optional));
  EXPECT_TRUE(talk());
  EXPECT_EQ(server->transport->certificate(), nullptr);
}

TEST_F(Handshake, TakesACertificateThatVouchesForItselfWhereThatIsTrusted) {
  const Issued alone = issue_alone({.common_name = "alone", .names = "DNS:here.test,IP:127.0.0.1"});
  const TlsClientOptions options{.roots = {.text = alone.certificate}};
  connect(options, serves(alone));
  EXPECT_TRUE(talk()) << client->closed;
  connect(tls_client(options), tls_server(serves(alone)), "127.0.0.1:50051");
  EXPECT_TRUE(talk()) << client->closed;
}

TEST_F(Handshake, ShowsTheCertificateThatTheClientAsksFor) {
  const Issued shop = authority.issue({.names = "DNS:shop.test,DNS:*.shop.test"});
  const Issued bank = authority.issue({.names = "DNS:Bank.test"});
  TlsServerOptions options = serves(here);
  options.certificates.push_back(identity(shop));
  options.certificates.push_back(identity(bank));
  for (const char* name : {"here.test", "shop.test", "a.shop.test", "bank.test", "BANK.test:1"}) {
    connect(tls_client(trusts()), tls_server(options), name);
    EXPECT_TRUE(talk()) << name << ": " << client->closed;
  }
  connect(tls_client(trusts()), tls_server(options), "b.a.shop.test");
  EXPECT_EQ(client->closed,
            "TLS: the server's certificate (CN=here) is for here.test, not for "
            "b.a.shop.test");
}

TEST_F(Handshake, UsesNewCertificatesAfterAReloadWhileOldConnectionsGoOn) {
  const auto theirs = tls_server(serves(here));
  connect(trusts(), serves(here));
  connect(tls_client(trusts()), theirs);
  const std::unique_ptr<End> old_client = std::move(client), old_server = std::move(server);
  const Issued other = authority.issue({.common_name = "other", .names = "DNS:other.test"});
  ASSERT_TRUE(theirs->reload(serves(other)).ok());
  connect(tls_client(trusts()), theirs, "other.test");
  EXPECT_TRUE(talk()) << client->closed;
  client = nullptr;
  old_client->say("still here");
  loop->run_until_idle();
  EXPECT_EQ(old_server->heard, "still here");
}

TEST_F(Handshake, FilesAreReadAgainByReload) {
  const io::TempDir folder;
  const auto write = [&](const std::string& text) {
    std::ofstream(folder.file("a.pem"), std::ios::trunc) << text;
  };
  write(here.both());
  const auto theirs = tls_server({.certificates = {{.chain = {.file = folder.file("a.pem")}}}});
  const auto ours = tls_client(trusts());
  connect(ours, theirs);
  EXPECT_TRUE(talk());
  write("nonsense");
  const Status bad = theirs->reload();
  EXPECT_EQ(bad.message(),
            "TLS: the file " + folder.file("a.pem") + " of the certificate holds no certificate");
  connect(ours, theirs);
  EXPECT_TRUE(talk()) << "the old one serves on";
  write(authority.issue({.names = "DNS:new.test"}).both());
  ASSERT_TRUE(theirs->reload().ok());
  connect(ours, theirs, "new.test");
  EXPECT_TRUE(talk()) << client->closed;
}

TEST_F(Handshake, SaysWhichFileIsWrong) {
  const io::TempDir folder;
  const std::string missing = folder.file("missing.pem");
  EXPECT_EQ(tls_client({.roots = {.file = missing}})->check().message(),
            "TLS: the roots cannot be read from " + missing + ": No such file or directory");
  EXPECT_EQ(tls_server({})->check().message(), "TLS: a server needs a certificate");
  const Issued other = authority.issue({});
  const Status swapped =
      tls_server({.certificates = {{{.text = here.certificate}, {.text = other.key}}}})->check();
  EXPECT_EQ(swapped.message(),
            "TLS: the private key in PEM text is not the one of the certificate in PEM text");
  EXPECT_EQ(swapped.code(), Code::invalid_argument);
  TlsServerOptions asking = serves(here);
  asking.client_certificates = ClientCertificates::required;
  EXPECT_EQ(tls_server(asking)->check().message(),
            "TLS: client certificates are asked for, and client_roots is empty");
}

}  // namespace
}  // namespace tls_test
