// Calls over TLS and real sockets.
#include <cpp_lite/testing.h>
#include <cpp_lite/tls.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#if TLS_KEYED
#include <cpp_lite/idempotency.h>

#include "counter.lite.h"
#endif
#include "e2e/echo_server.h"
#include "h2/connection.h"
#include "io/connect.h"
#include "io/endpoint.h"
#include "tls/certificates.h"

namespace tls_test {
namespace {

using namespace std::chrono_literals;
using namespace cpp_lite;
using e2e::blob;
using e2e::Blob;
using e2e::Echo;
using e2e::kPatience;

// Says who called.
class WhoAmI final : public e2e::EchoHandler {
 public:
  Future<Result<Blob>> Look(ServerContext& context, Blob) override {
    const PeerCertificate* certificate = context.certificate();
    const Principal caller = certificate_principal(context);
    return blob(context.principal() + "|" + (certificate != nullptr ? certificate->subject : "") +
                "|" + caller.issuer + "/" + caller.subject);
  }
};

class SecureCalls : public ::testing::Test {
 protected:
  // What a server or a channel says, line by line.
  struct Lines {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<std::string> lines;
    LogFunction function() {
      return [this](LogLevel, std::string_view line) {
        const std::lock_guard lock(mutex);
        lines.emplace_back(line);
        changed.notify_all();
      };
    }
    // Waits for a line with this in it.
    bool tell(const std::string& part) {
      std::unique_lock lock(mutex);
      return changed.wait_for(lock, kPatience, [&] {
        return std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
          return line.find(part) != std::string::npos;
        });
      });
    }
  };

  static TlsIdentity identity(const Issued& issued) {
    return {.chain = {.text = issued.certificate}, .key = {.text = issued.key}};
  }
  void serve(ServerOptions options = {}, ClientCertificates clients = ClientCertificates::none) {
    TlsServerOptions tls{.certificates = {identity(own)}, .client_certificates = clients};
    if (clients != ClientCertificates::none) tls.client_roots.text = authority.certificate();
    credentials = tls_server(tls);
    options.log = log.function();
    server.emplace(std::move(options));
    server->add(handler);
    const Status status = server->listen("127.0.0.1:0", {.tls = credentials});
    ASSERT_TRUE(status.ok()) << status.to_string();
  }
  std::shared_ptr<Channel> channel(std::shared_ptr<ClientCredentials> tls) {
    ConnectOptions options;
    options.tls = std::move(tls);
    return connect("127.0.0.1:" + std::to_string(server->port()), std::move(options));
  }
  TlsClientOptions trusts() const { return {.roots = {.text = authority.certificate()}}; }
  TlsClientOptions shows(const Issued& issued) const {
    TlsClientOptions options = trusts();
    options.identity = identity(issued);
    return options;
  }
  Status status_with(TlsClientOptions options) {
    return Echo::Client(channel(tls_client(std::move(options))))
        .Unary(blob("x"), kPatience)
        .get()
        .status();
  }

  const Authority authority{"the authority"};
  const Issued own = authority.issue({.common_name = "own", .names = "IP:127.0.0.1,DNS:own.test"});
  Lines log;
  WhoAmI handler;
  std::shared_ptr<TlsServer> credentials;
  std::optional<Server> server;
};

TEST_F(SecureCalls, OfAllFourKindsCarryMebibytes) {
  serve();
  Echo::Client echo(channel(tls_client(trusts())));
  const std::string large(1 << 20, 'x');
  auto unary = echo.Unary(blob(large), kPatience).get();
  ASSERT_TRUE(unary.ok()) << unary.status().to_string();
  EXPECT_TRUE(unary->data() == large);

  auto collect = echo.Collect(kPatience);
  for (int i = 0; i < 3; ++i) collect.write(blob(large)).get();
  const auto collected = collect.finish().get();
  ASSERT_TRUE(collected.ok()) << collected.status().to_string();
  EXPECT_EQ(collected->data().size(), 3 * large.size());

  auto spread = echo.Spread(blob(large, 3), kPatience);
  int count = 0;
  while (auto message = spread.read().get()) count += message->data() == large ? 1 : 0;
  EXPECT_EQ(count, 3);
  EXPECT_TRUE(spread.finish().get().ok());

  auto chat = echo.Chat(kPatience);
  for (int i = 0; i < 3; ++i) {
    chat.write(blob(large)).get();
    EXPECT_TRUE(chat.read().get()->data() == large);
  }
  chat.close_writes().get();
  EXPECT_TRUE(chat.finish().get().ok());
  EXPECT_EQ(credentials->stats().completed, 1U);
}

TEST_F(SecureCalls, TellHandlersWhoCalls) {
  serve({}, ClientCertificates::optional);
  const Issued ledger =
      authority.issue({.common_name = "ledger", .names = "URI:spiffe://test/ledger"});
  Echo::Client known(channel(tls_client(shows(ledger))));
  EXPECT_EQ(known.Look(blob(""), kPatience).get()->data(),
            "spiffe://test/ledger|CN=ledger|certificate/spiffe://test/ledger");
  Echo::Client unknown(channel(tls_client(trusts())));
  EXPECT_EQ(unknown.Look(blob(""), kPatience).get()->data(), "||/");
}

#if TLS_KEYED
TEST_F(SecureCalls, OfEachCertificateHaveKeysOfTheirOwn) {
  class Once final : public counter::v1::Counter::Handler {
   public:
    Future<Result<counter::v1::AddOnceResponse>> AddOnce(ServerContext&,
                                                         counter::v1::AddOnceRequest) override {
      counter::v1::AddOnceResponse response;
      response.set_total(++runs);
      return response;
    }
    std::atomic<int> runs{0};
  } once;
  credentials = tls_server({.certificates = {identity(own)},
                            .client_certificates = ClientCertificates::optional,
                            .client_roots = {.text = authority.certificate()}});
  server.emplace(ServerOptions{.idempotency = memory_store(),
                               .principal = certificate_principal,
                               .keyed = {.allow_volatile_store = true}});
  server->add(once);
  const Status listening = server->listen("127.0.0.1:0", {.tls = credentials});
  ASSERT_TRUE(listening.ok()) << listening.to_string();

  const auto add_as = [&](const TlsClientOptions& who) {
    counter::v1::AddOnceRequest request;
    request.set_request_id("the-same-for-everybody");
    return counter::v1::Counter::Client(channel(tls_client(who))).AddOnce(request, kPatience).get();
  };
  const auto ada = shows(authority.issue({.names = "URI:spiffe://test/ada"}));
  const auto bob = shows(authority.issue({.names = "URI:spiffe://test/bob"}));
  EXPECT_EQ(add_as(ada)->total(), 1);
  EXPECT_EQ(add_as(bob)->total(), 2);
  EXPECT_EQ(add_as(ada)->total(), 1);
  const auto nobody = add_as(trusts());
  EXPECT_EQ(nobody.status().code(), Code::unauthenticated) << nobody.status().to_string();
  EXPECT_EQ(once.runs, 2);
}
#endif

TEST_F(SecureCalls, FindALayersVerdictAboveTheCertificate) {
  credentials = tls_server({.certificates = {identity(own)},
                            .client_certificates = ClientCertificates::required,
                            .client_roots = {.text = authority.certificate()}});
  server.emplace();
  server->add([](ServerContext& context, const Method&, Next next) -> Future<Status> {
    context.set_principal(context.principal() + " as root");
    co_return co_await next();
  });
  server->add(handler);
  ASSERT_TRUE(server->listen("127.0.0.1:0", {.tls = credentials}).ok());
  Echo::Client echo(channel(tls_client(shows(authority.issue({.names = "DNS:a.test"})))));
  const auto reply = echo.Look(blob(""), kPatience).get();
  ASSERT_TRUE(reply.ok()) << reply.status().to_string();
  EXPECT_TRUE(reply->data().starts_with("a.test as root|")) << reply->data();
}

TEST_F(SecureCalls, EndWithTheReasonOfARefusal) {
  serve({}, ClientCertificates::required);
  const Status missing = status_with(trusts());
  EXPECT_EQ(missing.code(), Code::unavailable);
  EXPECT_NE(missing.message().find("the server refused: alert \"certificate required\" (116), it "
                                   "wants a client certificate: ipv4:127.0.0.1"),
            std::string::npos)
      << missing.to_string();
  EXPECT_TRUE(log.tell("failed: the client showed no certificate, and has to"));

  TlsClientOptions misnamed = shows(authority.issue({.names = "DNS:a.test"}));
  misnamed.server_name = "other.test";
  const Status wrong_name = status_with(misnamed);
  EXPECT_EQ(wrong_name.code(), Code::unavailable);
  EXPECT_NE(wrong_name.message().find("TLS: the server's certificate (CN=own) is for own.test, "
                                      "127.0.0.1, not for other.test"),
            std::string::npos)
      << wrong_name.to_string();
}

TEST_F(SecureCalls, EndAtOnceWhereTheCredentialsAreNoGood) {
  serve();
  const Status status = status_with({.roots = {.file = "no-such-file.pem"}});
  EXPECT_EQ(status.code(), Code::invalid_argument);
  EXPECT_NE(status.message().find("no-such-file.pem: No such file"), std::string::npos);
  Server other;
  const Status refused = other.listen("127.0.0.1:0", {.tls = tls_server({})});
  EXPECT_EQ(refused.message(), "TLS: a server needs a certificate");
  EXPECT_FALSE(other.listen("127.0.0.1:0", {.insecure = true, .tls = credentials}).ok());
}

TEST_F(SecureCalls, GoOnWhileCertificatesAreReloaded) {
  serve();
  Echo::Client before(channel(tls_client(trusts())));
  auto chat = before.Chat(kPatience);
  chat.write(blob("one")).get();
  EXPECT_EQ(chat.read().get()->data(), "one");
  const Issued next = authority.issue({.common_name = "next", .names = "DNS:next.test"});
  ASSERT_TRUE(credentials->reload({.certificates = {identity(next)}}).ok());
  TlsClientOptions by_name = trusts();
  by_name.server_name = "next.test";
  EXPECT_TRUE(status_with(by_name).ok());
  EXPECT_FALSE(status_with(trusts()).ok());
  chat.write(blob("two")).get();
  EXPECT_EQ(chat.read().get()->data(), "two");
  EXPECT_TRUE(before.Unary(blob("x"), kPatience).get().ok());
}

TEST_F(SecureCalls, AreResumedByTheNextChannelWithTheSameCredentials) {
  serve();
  const auto tls = tls_client(trusts());
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(Echo::Client(channel(tls)).Unary(blob("x"), kPatience).get().ok());
  }
  EXPECT_EQ(credentials->stats().resumed, 1U);
}

// Tells the client which token came.
class Teller final : public e2e::EchoHandler {
 public:
  Future<Result<Blob>> Look(ServerContext& context, Blob) override {
    return blob(std::string(context.metadata().get("authorization").value_or("none")));
  }
};

TEST_F(SecureCalls, CarryTokens) {
  Teller teller;
  credentials = tls_server({.certificates = {identity(own)}});
  server.emplace();
  server->add(teller);
  ASSERT_TRUE(server->listen("127.0.0.1:0", {.tls = credentials}).ok());
  Echo::Client echo(channel(tls_client(trusts())));
  EXPECT_EQ(echo.Look(blob(""), kPatience, {.token = "s3cret"}).get()->data(), "Bearer s3cret");
  EXPECT_EQ(echo.Look(blob(""), kPatience).get()->data(), "none");
  const Status twice =
      echo.Look(blob(""), kPatience, {.metadata = {{"authorization", "a"}}, .token = "b"})
          .get()
          .status();
  EXPECT_EQ(twice.code(), Code::invalid_argument);
  EXPECT_FALSE(echo.Look(blob(""), kPatience, {.token = "a b"}).get().ok());
}

TEST(PlaintextCalls, CarryTokensOnlyWhereThatIsMeant) {
  Teller teller;
  Server server;
  server.add(teller);
  ASSERT_TRUE(server.listen("127.0.0.1:0").ok());
  const std::string target = "127.0.0.1:" + std::to_string(server.port());
  const Status refused =
      Echo::Client(connect(target)).Look(blob(""), kPatience, {.token = "s3cret"}).get().status();
  EXPECT_EQ(refused.code(), Code::invalid_argument);
  EXPECT_EQ(refused.message(),
            "bad configuration: a token over plaintext can be read by others: give the channel "
            ".tls, or say .plaintext_tokens = true");
  Echo::Client meant(connect(target, {.plaintext_tokens = true}));
  EXPECT_EQ(meant.Look(blob(""), kPatience, {.token = "s3cret"}).get()->data(), "Bearer s3cret");
  Echo::Client inside(cpp_lite::testing::in_process(server));
  EXPECT_EQ(inside.Look(blob(""), kPatience, {.token = "s3cret"}).get()->data(), "Bearer s3cret");
}

// Connects, and then says nothing.
struct Silent final : h2::Transport::Listener {
  void on_bytes(std::span<const std::uint8_t>) override {}
  void on_written(std::vector<std::uint8_t>) override {}
  void on_closed(std::string) override { ++*over; }
  int* over = nullptr;
  std::unique_ptr<io::Operation> connecting;
  std::unique_ptr<h2::Transport> transport;
};

// Turned by hand, so that nothing happens by itself.
class HalfOpen : public SecureCalls {
 protected:
  void serve_by_hand(ServerOptions options) {
    options.clock = &clock;
    options.manual_loops = true;
    serve(std::move(options));
  }
  void knock() {
    Silent& knocking = *silent.emplace_back(std::make_unique<Silent>());
    knocking.over = &over;
    const auto loop = server->loop();
    knocking.connecting = io::connect_to(
        *loop, {io::Endpoint::Kind::tcp4, "127.0.0.1", static_cast<std::uint16_t>(server->port())},
        SteadyTime::max(), [&knocking](Status, std::unique_ptr<h2::Transport> transport) {
          knocking.transport = std::move(transport);
          knocking.transport->start(knocking);
        });
  }
  template <typename Condition>
  bool turn_until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      server->loop()->poll();
    }
    return true;
  }
  void TearDown() override {
    silent.clear();
    server.reset();  // before its clock
  }

  cpp_lite::testing::ManualClock clock;
  std::vector<std::unique_ptr<Silent>> silent;
  int over = 0;
};

TEST_F(HalfOpen, HandshakesEndInTime) {
  serve_by_hand({.handshake_timeout = 5s});
  for (int i = 0; i < 3; ++i) knock();
  ASSERT_TRUE(turn_until([&] { return server->stats().connections_open == 3; }));
  clock.advance(4s);
  server->loop()->poll();
  EXPECT_EQ(server->stats().connections_open, 3U);
  clock.advance(1s);
  EXPECT_TRUE(turn_until([&] { return over == 3; }));
  EXPECT_EQ(server->stats().connections_open, 0U);
  EXPECT_TRUE(log.tell("ended: TLS handshake timed out"));
  EXPECT_EQ(credentials->stats().failed, 3U);
}

TEST_F(HalfOpen, HandshakesGiveWayToNewerOnes) {
  serve_by_hand({.max_handshakes = 3});
  for (int i = 0; i < 5; ++i) knock();
  ASSERT_TRUE(turn_until([&] { return over == 2; }));
  EXPECT_EQ(server->stats().handshakes_given_up, 2U);
  EXPECT_EQ(server->stats().connections_open, 3U);
  // Who does shake hands is served, and no longer counts.
  ConnectOptions options{.tls = tls_client(trusts()), .loop = server->loop()};
  Echo::Client echo(connect("127.0.0.1:" + std::to_string(server->port()), options));
  auto reply = echo.Unary(blob("x"), Deadline::never());
  ASSERT_TRUE(turn_until([&] { return reply.ready(); }));
  EXPECT_TRUE(reply.take().ok());
  EXPECT_EQ(server->stats().handshakes_given_up, 3U);
  knock();
  ASSERT_TRUE(turn_until([&] { return server->stats().connections_open == 4; }));
  EXPECT_EQ(server->stats().handshakes_given_up, 3U);
}

TEST_F(HalfOpen, HandshakesDoNotHoldUpADrain) {
  serve_by_hand({});
  knock();
  ASSERT_TRUE(turn_until([&] { return server->stats().connections_open == 1; }));
  server->shutdown(30s);
  EXPECT_TRUE(turn_until([&] { return over == 1; }));
  EXPECT_TRUE(log.tell("drained before the handshake was over"));
}

}  // namespace
}  // namespace tls_test
