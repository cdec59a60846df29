// GOAWAY: which streams go on, which are refused, and when the connection is over.
#include "peers.h"
#include "raw_peer.h"

namespace cpp_lite::h2 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Drain : public Peers {};

TEST_F(Drain, AnIdleConnectionEndsAfterARoundTrip) {
  server->drain();
  loop->run_until_idle();
  EXPECT_EQ(client_owner.lines,
            (Lines{"ready", "draining", "closed: drained after GOAWAY NO_ERROR"}));
  EXPECT_TRUE(server->closed());
}

TEST_F(Drain, OpenStreamsGoOnToTheirEnd) {
  auto recorder = call();
  loop->run_until_idle();
  server->drain();
  loop->run_until_idle();
  EXPECT_FALSE(client->can_open());
  EXPECT_FALSE(client->closed());

  serve_echo();
  served(1).hook = server_owner.handler;
  client->send_data(recorder->id, to_bytes("still here"), true);
  loop->run_until_idle();
  EXPECT_EQ(recorder->body, "still here");
  EXPECT_EQ(recorder->lines.back(), "close finished");
  EXPECT_TRUE(client->closed());
  EXPECT_TRUE(server->closed());
}

TEST_F(Drain, AClientEndsWhenItsLastStreamDoes) {
  serve_echo();
  auto recorder = call();
  client->drain();
  EXPECT_FALSE(client->can_open());
  loop->run_until_idle();
  EXPECT_FALSE(client->closed());
  client->send_data(recorder->id, to_bytes("x"), true);
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines.back(), "close finished");
  EXPECT_EQ(client_owner.lines, (Lines{"ready", "closed: drained"}));
}

TEST_F(Drain, AnIdleClientEndsAtOnce) {
  client->drain();
  loop->run_until_idle();
  EXPECT_EQ(client_owner.lines, (Lines{"ready", "closed: drained"}));
}

// A server, and a client that the test plays.
class RawClient : public testing::Test {
 protected:
  void SetUp() override {
    server->start();
    peer.send_preface();
    loop->run_until_idle();
  }
  void TearDown() override {
    for (auto& [id, stream] : owner.streams) stream->connection.reset();
  }
  std::vector<std::int32_t> last_ids() const {
    std::vector<std::int32_t> ids;
    for (const Frame& frame : peer.frames(kGoaway)) {
      const Bytes& p = frame.payload;
      ids.push_back(static_cast<std::int32_t>(p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]));
    }
    return ids;
  }
  Bytes requests(std::int32_t from, std::int32_t to) const {
    Bytes all;
    for (std::int32_t id = from; id <= to; id += 2) {
      all = std::move(all) + encode({kHeaders, 0x5, id, RawPeer::request_block()});
    }
    return all;
  }
  Bytes ping_ack() const {
    const std::vector<Frame> pings = peer.frames(kPing);
    return encode({kPing, 0x1, 0, pings.at(pings.size() - 1).payload});
  }

  std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  std::shared_ptr<Wire> wire = std::make_shared<Wire>(loop);
  ServerOwner owner;
  std::shared_ptr<Connection> server =
      std::make_shared<Connection>(Side::server, loop, wire->end(1), owner, ConnectionOptions{});
  RawPeer peer{wire->end(0)};
};

constexpr std::int32_t kHighest = 0x7fffffff;

TEST_F(RawClient, TheFinalGoawayNamesTheLastStreamAfterTheClientHasSeenTheFirst) {
  server->drain();
  loop->run_until_idle();
  EXPECT_EQ(last_ids(), std::vector{kHighest});

  peer.send(requests(1, 5));  // sent before the client read the GOAWAY
  loop->run_until_idle();
  EXPECT_EQ(owner.streams.size(), 3u);

  peer.send(ping_ack());
  loop->run_until_idle();
  EXPECT_EQ(last_ids(), (std::vector{kHighest, 5}));
}

TEST_F(RawClient, TheFinalGoawayComesWithoutAnAnswerAfterASecond) {
  server->drain();
  loop->advance(milliseconds(999));
  EXPECT_EQ(last_ids(), std::vector{kHighest});
  loop->advance(milliseconds(1));
  EXPECT_EQ(last_ids(), (std::vector{kHighest, 0}));
}

TEST_F(RawClient, NoStreamAboveTheFinalGoawayReachesTheOwner) {
  peer.send_request(1);
  server->drain();
  loop->run_until_idle();
  peer.send(ping_ack());
  loop->run_until_idle();
  peer.send(requests(3, 99));
  loop->run_until_idle();
  EXPECT_EQ(owner.streams.size(), 1u);
}

TEST_F(RawClient, RequestsBehindTheAnswerInOneReadAreNamedOrDropped) {
  server->drain();
  loop->run_until_idle();
  peer.send(requests(1, 5) + ping_ack() + requests(7, 99));
  loop->run_until_idle();
  peer.send(requests(101, 199));
  loop->run_until_idle();
  EXPECT_EQ(owner.streams.rbegin()->first, last_ids().back());
}

// The GOAWAY is queued behind a write that does not finish, so libnghttp2 has not sent it yet.
TEST_F(RawClient, AFinalGoawayThatIsOnlyQueuedCountsToo) {
  peer.send_request(1);
  loop->run_until_idle();
  server->drain();
  loop->run_until_idle();
  wire->from(1).stalled = true;
  server->send_headers(1, kResponse, false);  // this write stalls
  loop->run_until_idle();
  peer.send(ping_ack());  // the final GOAWAY waits
  loop->run_until_idle();
  EXPECT_EQ(last_ids().size(), 1u);
  peer.send(requests(3, 99));
  loop->run_until_idle();
  EXPECT_EQ(owner.streams.size(), 1u);

  wire->from(1).stalled = false;
  wire->pump(1);
  loop->run_until_idle();
  EXPECT_EQ(last_ids(), (std::vector{kHighest, 1}));
}

TEST_F(RawClient, AServerWaitsASecondForTheClientToCloseAndNoLonger) {
  server->drain();
  loop->run_until_idle();
  peer.send(ping_ack());
  loop->run_until_idle();
  EXPECT_FALSE(server->closed());
  loop->advance(seconds(1));
  EXPECT_EQ(owner.lines, Lines{"closed: drained"});
  EXPECT_EQ(peer.closed, "connection closed");
}

TEST_F(RawClient, AServerIsDrainedWhenItsLastStreamIs) {
  peer.send_request(1);
  server->drain();
  loop->run_until_idle();
  peer.send(ping_ack());
  loop->advance(seconds(60));
  EXPECT_FALSE(server->closed());

  server->send_headers(1, kResponse, true);
  loop->run_until_idle();
  EXPECT_EQ(server->streams(), 0u);
  peer.close();
  loop->run_until_idle();
  EXPECT_EQ(owner.lines, Lines{"closed: connection closed"});
}

TEST_F(RawClient, AClientThatSaidGoodbyeIsGivenASecondToLeave) {
  peer.send_request(1);
  peer.send(goaway(0));
  loop->advance(seconds(100));
  EXPECT_FALSE(server->closed());
  server->send_headers(1, kResponse, true);
  loop->run_until_idle();
  EXPECT_FALSE(server->closed());
  loop->advance(seconds(1));
  EXPECT_EQ(owner.lines, Lines{"closed: drained"});
}

TEST_F(RawClient, AClientsGoawayEndsNothingThatRuns) {
  peer.send_request(1);
  peer.send(goaway(0));
  loop->run_until_idle();
  server->send_headers(1, kResponse, true);
  loop->run_until_idle();
  EXPECT_EQ(owner.streams.at(1)->lines.back(), "close finished");
  EXPECT_FALSE(server->closed());
}

// A client, and a server that the test plays.
class RawServer : public testing::Test {
 protected:
  void SetUp() override {
    client->start();
    peer.send(encode({kSettings, 0, 0, {}}));
    loop->run_until_idle();
  }
  std::shared_ptr<Recorder> call() {
    auto recorder = std::make_shared<Recorder>();
    recorder->id = client->open(kRequest, recorder);
    return recorder;
  }

  std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  std::shared_ptr<Wire> wire = std::make_shared<Wire>(loop);
  ClientOwner owner;
  std::shared_ptr<Connection> client =
      std::make_shared<Connection>(Side::client, loop, wire->end(0), owner, ConnectionOptions{});
  RawPeer peer{wire->end(1)};
};

TEST_F(RawServer, StreamsAboveTheLastIdAreRefusedAndTheOthersGoOn) {
  auto first = call();
  auto second = call();
  loop->run_until_idle();
  peer.send(goaway(1));
  loop->run_until_idle();
  EXPECT_EQ(first->lines, Lines{});
  EXPECT_EQ(second->lines, Lines{"close refused 7"});
  EXPECT_EQ(owner.lines, (Lines{"ready", "draining"}));

  peer.send(encode({kHeaders, 0x5, 1, literals({{":status", "200"}})}));
  client->send_data(1, {}, true);
  loop->run_until_idle();
  EXPECT_EQ(first->lines, (Lines{"headers/end :status=200", "close finished"}));
  EXPECT_TRUE(client->closed());
}

TEST_F(RawServer, AGracefulGoawayRefusesNothingUntilTheSecond) {
  auto first = call();
  auto second = call();
  loop->run_until_idle();
  peer.send(goaway(kHighest));
  loop->run_until_idle();
  EXPECT_FALSE(client->can_open());
  EXPECT_EQ(client->streams(), 2u);
  peer.send(goaway(1));
  loop->run_until_idle();
  EXPECT_EQ(second->lines, Lines{"close refused 7"});
  EXPECT_EQ(owner.lines, (Lines{"ready", "draining"}));
}

TEST_F(RawServer, AStreamThatWasNotSentBeforeTheGoawayNeverWas) {
  peer.send(goaway(kHighest));  // will be read before the stream is written
  auto late = call();
  loop->run_until_idle();
  EXPECT_EQ(late->lines, Lines{"close never_sent 7: the peer takes no more calls"});
  EXPECT_TRUE(peer.frames(kHeaders).empty());
}

TEST_F(RawServer, AnIdleClientClosesOnGoaway) {
  peer.send(goaway(0));
  loop->run_until_idle();
  EXPECT_EQ(owner.lines, (Lines{"ready", "draining", "closed: drained after GOAWAY NO_ERROR"}));
}

TEST_F(RawServer, AResetWithRefusedStreamIsARefusal) {
  auto recorder = call();
  loop->run_until_idle();
  peer.send(encode({kRstStream, 0, 1, big_endian(kRefused)}));
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines, Lines{"close refused 7"});
}

TEST_F(RawServer, AResetWithoutErrorAfterACompleteResponseIsAnOrdinaryEnd) {
  auto recorder = call();
  loop->run_until_idle();
  peer.send(encode({kHeaders, 0x5, 1, literals({{":status", "200"}})}) +
            encode({kRstStream, 0, 1, big_endian(kNoError)}));
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines, (Lines{"headers/end :status=200", "close finished"}));
}

TEST_F(RawServer, AResetWithoutErrorBeforeTheEndIsAReset) {
  auto recorder = call();
  loop->run_until_idle();
  peer.send(encode({kHeaders, 0x4, 1, literals({{":status", "200"}})}) +
            encode({kRstStream, 0, 1, big_endian(kNoError)}));
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines, (Lines{"headers :status=200", "close reset_by_peer"}));
}

TEST_F(RawServer, TrailersWithoutDataNeedNoEmptyFrame) {
  // Played the other way round: what the client writes for a request without a body.
  auto recorder = call();
  client->send_data(recorder->id, {}, true);
  loop->run_until_idle();
  EXPECT_EQ(peer.frames(kHeaders).size(), 1u);
  EXPECT_EQ(peer.frames(kData).size(), 1u);
  EXPECT_EQ(peer.frames(kData)[0].flags, 0x1);
}

}  // namespace
}  // namespace cpp_lite::h2
