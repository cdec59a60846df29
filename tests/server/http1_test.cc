// Who speaks HTTP/1 to a server, a person with a browser for one, is told in words what it speaks.
#include "h2/raw_peer.h"
#include "server/served.h"

namespace cpp_lite::server {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET /favicon.ico HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view kPost = "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n";

class Greeted : public ::testing::Test {
 protected:
  Greeted() {
    config.options.log = nullptr;
    shard.emplace(loop, config);
  }
  ~Greeted() override {
    peer->close();
    shard->drain(loop->now(), nullptr);
    loop->advance(5s);
  }
  void connect() {
    io::Pipe pipe = io::make_pipe(*loop);
    shard->accept(std::move(pipe.server));
    peer.emplace(std::move(pipe.client));
    loop->run_until_idle();
  }
  void send(std::string_view said) {
    peer->send(bytes(said));
    loop->run_until_idle();
  }
  std::string received() const { return text(peer->received); }

  Config config;
  std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  std::optional<Shard> shard;
  std::optional<h2::RawPeer> peer;
};

TEST_F(Greeted, WithHttp1AServerSaysWhatItSpeaks) {
  connect();
  send(kGet);
  EXPECT_EQ(received(),
            "HTTP/1.1 415 Unsupported Media Type\r\n"
            "content-type: text/plain; charset=utf-8\r\n"
            "content-length: 76\r\n"
            "connection: close\r\n"
            "\r\n"
            "This port speaks gRPC: POST over HTTP/2 with content-type application/grpc.\n");
  EXPECT_EQ(shard->counters.open, 0u);
  EXPECT_EQ(shard->counters.attacks[static_cast<std::size_t>(h2::Attack::protocol_errors)], 0u);
}

TEST_F(Greeted, AMethodThatBeginsLikeHttp2IsNotTakenForIt) {
  const std::pair<std::string_view, std::size_t> requests[] = {{kPost, 1},
                                                               {"PRINT / HTTP/1.0\r\n\r\n", 3}};
  for (const auto& [request, alike] : requests) {
    for (std::size_t cut = 0; cut <= alike; ++cut) {
      connect();
      send(request.substr(0, cut));
      send(request.substr(cut));
      EXPECT_TRUE(received().starts_with("HTTP/1.1 415 ")) << request << cut;
      EXPECT_TRUE(received().ends_with("grpc.\n"));
    }
  }
}

TEST_F(Greeted, NobodyIsToldAnythingBeforeItSpeaks) {
  connect();
  EXPECT_EQ(received(), "");
  send("PRI");
  EXPECT_EQ(received(), "");
  send(" * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_EQ(peer->frames(h2::kSettings).size(), 1u);
}

TEST_F(Greeted, WithNeitherHttp1NorHttp2AServerHangsUpInHttp2) {
  for (const std::string_view said :
       {"\x16\x03\x01\x02", "INVALID CONNECTION PREFACE\r\n\r\n HTTP/1.1", "GET",
        "PRi * HTTP/2.0\r\n\r\n", "PRI * HTTP/3.0"}) {
    connect();
    send(said);
    EXPECT_EQ(peer->frames(h2::kGoaway).size(), 1u) << said;
    EXPECT_EQ(shard->counters.open, 0u);
  }
}

TEST_F(Greeted, ADrainIsToldToAClientThatHasSaidNothing) {
  connect();
  shard->drain(loop->now() + 100s, nullptr);
  loop->run_until_idle();
  EXPECT_EQ(peer->frames(h2::kGoaway).size(), 1u);
  loop->advance(2s);
  EXPECT_EQ(peer->frames(h2::kGoaway).size(), 2u);
  EXPECT_EQ(shard->counters.open, 0u);
}

TEST_F(Greeted, SilenceEndsWithTheTimeForTheHandshake) {
  connect();
  loop->advance(20s);
  EXPECT_EQ(peer->frames(h2::kGoaway).size(), 1u);
  EXPECT_EQ(shard->counters.handshakes_timed_out, 1u);
}

}  // namespace
}  // namespace cpp_lite::server
