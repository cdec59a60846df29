// HTTP proxies: which one leads to a target, and what is said to it.
#include "client/proxy.h"

#include <map>
#include <string>
#include <utility>

#include "fixture.h"
#include "io/pipe.h"

namespace cpp_lite::client {
namespace {

Proxy proxy_of(std::string_view text) {
  Proxy proxy;
  const Status status = parse_proxy(text, proxy);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return proxy;
}
std::string refused(std::string_view text) {
  Proxy proxy;
  return parse_proxy(text, proxy).message();
}
io::Target target_of(std::string_view text) {
  io::Target target;
  EXPECT_TRUE(io::parse_target(text, target).ok());
  return target;
}

TEST(ProxyText, IsAUrlOrAHostAlone) {
  EXPECT_EQ(proxy_of("http://proxy.test:3128").at.host, "proxy.test");
  EXPECT_EQ(proxy_of("http://proxy.test:3128/").at.port, 3128);
  EXPECT_EQ(proxy_of("proxy.test").at.port, 80);
  EXPECT_EQ(proxy_of("http://10.0.0.1:3128").at.endpoints.at(0).to_string(), "ipv4:10.0.0.1:3128");
  EXPECT_EQ(proxy_of("http://[::1]:3128").at.endpoints.at(0).to_string(), "ipv6:[::1]:3128");
  EXPECT_EQ(proxy_of("http://proxy.test").credentials, "");
  EXPECT_EQ(proxy_of("http://me:p%40ss@proxy.test:1").credentials, "me:p@ss");
}

TEST(ProxyText, ThatMakesNoSenseIsExplainedWithoutThePassword) {
  EXPECT_EQ(refused("https://proxy.test:1"),
            "a proxy is spoken to in plain HTTP, http://host:port, not 'https'");
  EXPECT_NE(refused("http://proxy.test:99999").find("99999"), std::string::npos);
  EXPECT_NE(refused("http://"), "");
  EXPECT_EQ(refused("http://me:secret@:1").find("secret"), std::string::npos);
}

class Choice : public ::testing::Test {
 protected:
  // The proxy on the way to a target; "none".
  std::string to(std::string_view target) {
    std::optional<Proxy> proxy;
    const auto look_up = [this](const char* name) {
      const auto found = environment.find(name);
      return found == environment.end() ? nullptr : found->second.c_str();
    };
    const Status status = choose_proxy(given, target_of(target), look_up, proxy);
    if (!status.ok()) return status.message();
    return proxy ? proxy->at.host : "none";
  }
  std::optional<std::string> given;
  std::map<std::string, std::string> environment;
};

TEST_F(Choice, IsNoneUnlessOneIsNamed) { EXPECT_EQ(to("payments:1"), "none"); }

TEST_F(Choice, ComesFromTheEnvironment) {
  environment = {{"HTTPS_PROXY", "http://large:1"}};
  EXPECT_EQ(to("payments:1"), "large");
  environment["https_proxy"] = "http://small:1";
  EXPECT_EQ(to("payments:1"), "small");
  EXPECT_EQ(to("10.0.0.1:1"), "small");
}

TEST_F(Choice, LeavesOutThisMachineAndWhatNoProxyHas) {
  environment = {{"https_proxy", "proxy:1"}, {"no_proxy", "payments, 10.0.0.0/8"}};
  for (const char* target : {"localhost:1", "127.0.0.1:1", "unix:/run/x", "payments:1",
                             "eu.payments:1", "10.1.2.3:1", "ipv4:10.1.2.3:1,10.9.9.9:1"}) {
    EXPECT_EQ(to(target), "none") << target;
  }
  for (const char* target : {"orders:1", "192.168.0.1:1", "ipv4:10.1.2.3:1,11.9.9.9:1"}) {
    EXPECT_EQ(to(target), "proxy") << target;
  }
}

TEST_F(Choice, AnOptionStandsForTheEnvironment) {
  environment = {{"https_proxy", "proxy:1"}, {"no_proxy", "*"}};
  given = "other:1";
  EXPECT_EQ(to("payments:1"), "other");
  EXPECT_EQ(to("127.0.0.1:1"), "other");
  given = "";
  EXPECT_EQ(to("payments:1"), "none");
}

TEST_F(Choice, ThatIsWrongNamesItsSource) {
  environment = {{"https_proxy", "socks5://proxy:1"}};
  EXPECT_TRUE(to("payments:1").starts_with("https_proxy in the environment: "));
  given = "socks5://proxy:1";
  EXPECT_TRUE(to("payments:1").starts_with(".proxy: "));
  given = "proxy:1";
  EXPECT_EQ(to("unix:/run/x"), ".proxy: no proxy leads to a unix socket");
}

// A proxy that the test plays, byte by byte, and behind it the peer of the other tests.
class Through : public ClientTest, private h2::Transport::Listener {
 protected:
  Through() {
    script->connect = [this] {
      io::Pipe pipe = io::make_pipe(*loop, "ipv4:10.0.0.1:3128");
      proxy_ = std::move(pipe.server);
      proxy_->start(*this);
      return std::move(pipe.client);
    };
  }
  ~Through() override { proxy_.reset(); }

  std::unique_ptr<Dialer> dialer(std::string_view target, std::string_view proxy = "proxy.test") {
    return dial_through(std::make_unique<ScriptedDialer>(script), proxy_of(proxy),
                        target_of(target));
  }
  // Dials the first way of this dialer, and the proxy says this.
  void dial(Dialer& through, std::string_view answer) {
    operation_ = through.resolve(loop, [](const Status&, std::size_t) {});
    turn();
    operation_ = through.dial(loop, 0, loop->now() + 20s,
                              [this](Status status, std::unique_ptr<h2::Transport> transport) {
                                dialed = std::move(status);
                                reached = std::move(transport);
                              });
    turn();
    if (!answer.empty() && proxy_ != nullptr) say(answer);
  }
  void say(std::string_view text) {
    proxy_->write({text.begin(), text.end()});
    turn();
  }
  void hang_up() {
    proxy_.reset();
    turn();
  }

  std::string asked;  // what the proxy heard
  std::optional<Status> dialed;
  std::unique_ptr<h2::Transport> reached;

 private:
  void on_bytes(std::span<const std::uint8_t> bytes) override {
    asked.append(bytes.begin(), bytes.end());
  }
  void on_written(Bytes) override {}
  void on_closed(std::string) override {}

  std::unique_ptr<h2::Transport> proxy_;
  std::unique_ptr<io::Operation> operation_;
};

TEST_F(Through, AProxyIsAskedForATunnelToTheNameThatItLooksUp) {
  const auto through = dialer("payments:50051");
  dial(*through, "HTTP/1.1 200 Connection established\r\n\r\n");
  EXPECT_EQ(asked,
            "CONNECT payments:50051 HTTP/1.1\r\nHost: payments:50051\r\n"
            "User-Agent: cpp-lite/0.1.0\r\n\r\n");
  ASSERT_TRUE(dialed && dialed->ok());
  EXPECT_EQ(reached->peer(), "dns:payments:50051");
  EXPECT_EQ(through->endpoint(0), reached->peer());
}

TEST_F(Through, CredentialsGoToTheProxy) {
  const auto through = dialer("ipv6:[2001:db8::1]:5", "http://me:secret@proxy.test");
  dial(*through, "");
  EXPECT_TRUE(asked.starts_with("CONNECT [2001:db8::1]:5 HTTP/1.1\r\n")) << asked;
  EXPECT_NE(asked.find("\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\n"), std::string::npos);
}

TEST_F(Through, WhatTheProxyRefusesIsTold) {
  const auto through = dialer("payments:50051");
  dial(*through, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(dialed);
  EXPECT_EQ(dialed->code(), Code::unavailable);
  EXPECT_EQ(dialed->message(),
            "CONNECT was answered with 'HTTP/1.1 407 Proxy Authentication Required': proxy "
            "ipv4:10.0.0.1:3128");
  EXPECT_EQ(reached, nullptr);
}

TEST_F(Through, AnAnswerThatIsNoHttpIsTold) {
  const auto through = dialer("payments:50051");
  dial(*through, "SSH-2.0-x\r\n\r\n");
  ASSERT_TRUE(dialed);
  EXPECT_EQ(dialed->message(), "no HTTP but 'SSH-2.0-x': proxy ipv4:10.0.0.1:3128");
}

TEST_F(Through, AnAnswerWithoutEndIsNotKept) {
  const auto through = dialer("payments:50051");
  dial(*through, "");
  for (int i = 0; i < 17 && !dialed; ++i) say(std::string(1 << 10, 'x'));
  ASSERT_TRUE(dialed);
  EXPECT_EQ(dialed->message(), "an endless answer: proxy ipv4:10.0.0.1:3128");
}

TEST_F(Through, AProxyThatHangsUpIsTold) {
  const auto through = dialer("payments:50051");
  dial(*through, "");
  hang_up();
  ASSERT_TRUE(dialed);
  EXPECT_EQ(dialed->message(), "connection closed: proxy ipv4:10.0.0.1:3128");
}

TEST_F(Through, AProxyThatSaysNothingHasTheTimeOfTheWholeWay) {
  const auto through = dialer("payments:50051");
  dial(*through, "");
  loop->advance(20s - 1ns);
  EXPECT_FALSE(dialed);
  loop->advance(1ns);
  ASSERT_TRUE(dialed);
  EXPECT_EQ(dialed->message(), "no answer from the proxy in time");
}

TEST_F(Through, AProxyThatCannotBeReachedIsTold) {
  script->ways = {Status(Code::unavailable, "connection refused: ipv4:10.0.0.1:3128")};
  const auto through = dialer("payments:50051");
  dial(*through, "");
  ASSERT_TRUE(dialed);
  EXPECT_EQ(dialed->message(),
            "the proxy cannot be reached: connection refused: ipv4:10.0.0.1:3128");
}

TEST_F(Through, EachAddressIsAWayOfItsOwn) {
  const auto through = dialer("ipv4:1.2.3.4:5,6.7.8.9:10");
  std::size_t ways = 0;
  const auto lookup =
      through->resolve(loop, [&](const Status&, std::size_t found) { ways = found; });
  turn();
  EXPECT_EQ(ways, 2u);
  EXPECT_EQ(through->endpoint(0), "ipv4:1.2.3.4:5");
  EXPECT_EQ(through->endpoint(1), "ipv4:6.7.8.9:10");
  EXPECT_EQ(through->sole(1)->endpoint(0), "ipv4:6.7.8.9:10");
}

// The tunnel's bytes, whatever the pieces: a server speaks as soon as the proxy has answered.
TEST_F(Through, WhatFollowsTheAnswerBelongsToThePeer) {
  struct Reader final : h2::Transport::Listener {
    void on_bytes(std::span<const std::uint8_t> bytes) override {
      text.append(bytes.begin(), bytes.end());
    }
    void on_written(Bytes) override { text += "(written)"; }
    void on_closed(std::string reason) override { text += "(" + reason + ")"; }
    std::string text;
  } reader;
  const auto through = dialer("payments:50051");
  dial(*through, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\nVia: x\r\n");
  EXPECT_FALSE(dialed);
  say("\r\nfirst ");
  ASSERT_TRUE(dialed && dialed->ok());
  say("second ");
  reached->start(reader);
  EXPECT_EQ(reader.text, "") << "not inside start()";
  turn();
  EXPECT_EQ(reader.text, "first second ");
  say("third");
  asked.clear();
  reached->write({'h', 'i'});
  turn();
  EXPECT_EQ(asked, "hi");
  hang_up();
  EXPECT_EQ(reader.text, "first second third(written)(connection closed)");
}

TEST_F(Through, AnAttemptThatIsGivenUpHangsUp) {
  const auto through = dialer("payments:50051");
  {
    const auto lookup = through->resolve(loop, [](const Status&, std::size_t) {});
    turn();
    const auto attempt = through->dial(loop, 0, loop->now() + 20s,
                                       [this](Status status, auto) { dialed = std::move(status); });
    turn();
  }
  loop->advance(1min);
  EXPECT_FALSE(dialed);
}

}  // namespace
}  // namespace cpp_lite::client
