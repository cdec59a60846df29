// What a connection does when time passes and the peer says nothing.
#include "h2/keepalive.h"
#include "peers.h"
#include "raw_peer.h"

namespace cpp_lite::h2 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const SteadyTime kStart{std::chrono::hours(5)};

TEST(Later, EndsAtTheEndOfTime) {
  EXPECT_EQ(later(kStart, seconds(1)), kStart + seconds(1));
  EXPECT_EQ(later(kStart, kUnbounded), SteadyTime::max());
}

TEST(Keepalive, AsksAfterSilenceAndGivesUpWithoutAnswer) {
  Keepalive keepalive({.interval = seconds(10), .timeout = seconds(3)});
  keepalive.heard(kStart);
  Keepalive::Step step = keepalive.step(kStart + seconds(4), true);
  EXPECT_EQ(step.action, Keepalive::Action::wait);
  EXPECT_EQ(step.again, kStart + seconds(10));
  step = keepalive.step(kStart + seconds(10), true);
  EXPECT_EQ(step.action, Keepalive::Action::ping);
  EXPECT_EQ(step.again, kStart + seconds(13));
  EXPECT_EQ(keepalive.step(kStart + seconds(12), true).action, Keepalive::Action::wait);
  EXPECT_EQ(keepalive.step(kStart + seconds(13), true).action, Keepalive::Action::give_up);
}

TEST(Keepalive, TakesAnythingHeardForAnAnswer) {
  Keepalive keepalive({.interval = seconds(10), .timeout = seconds(3)});
  EXPECT_FALSE(keepalive.heard(kStart));
  EXPECT_EQ(keepalive.step(kStart + seconds(10), true).action, Keepalive::Action::ping);
  EXPECT_TRUE(keepalive.heard(kStart + seconds(11)));
  EXPECT_EQ(keepalive.step(kStart + seconds(13), true).again, kStart + seconds(21));
}

TEST(Keepalive, AsksWithoutCallsOnlyWhenToldTo) {
  Keepalive modest({.interval = seconds(10), .timeout = seconds(3)});
  modest.heard(kStart);
  EXPECT_EQ(modest.step(kStart + seconds(99), false).again, SteadyTime::max());
  Keepalive eager({.interval = seconds(10), .timeout = seconds(3), .without_calls = true});
  eager.heard(kStart);
  EXPECT_EQ(eager.step(kStart + seconds(99), false).action, Keepalive::Action::ping);
}

class Silence : public Peers {
 protected:
  void use_keepalive(bool without_calls) {
    connect({.keepalive = seconds(10),
             .keepalive_timeout = seconds(3),
             .keepalive_without_calls = without_calls},
            {});
  }
};

TEST_F(Silence, ALivingPeerAnswersForEver) {
  use_keepalive(true);
  const std::size_t before = wire->from(0).writes;
  loop->advance(seconds(100));
  EXPECT_FALSE(client->closed());
  EXPECT_EQ(wire->from(0).writes - before, 10u);  // a PING each
}

TEST_F(Silence, ADeadPeerCostsItsConnection) {
  use_keepalive(false);
  auto recorder = call();
  loop->run_until_idle();
  wire->from(1).stalled = true;
  loop->advance(milliseconds(12'999));
  EXPECT_FALSE(client->closed());
  loop->advance(milliseconds(1));
  EXPECT_EQ(recorder->lines,
            Lines{"close connection_lost: keepalive timed out: the peer is silent"});
}

TEST_F(Silence, NoPingWithoutCalls) {
  use_keepalive(false);
  const std::size_t before = wire->from(0).bytes;
  loop->advance(seconds(1000));
  EXPECT_EQ(wire->from(0).bytes, before);

  call();  // after a long silence the first call asks at once
  loop->run_until_idle();
  wire->from(1).stalled = true;
  loop->advance(seconds(13));
  EXPECT_TRUE(client->closed());
}

TEST_F(Silence, ABusyConnectionNeedsNoPing) {
  use_keepalive(false);
  auto recorder = call();
  loop->run_until_idle();
  server->send_headers(1, kResponse, false);
  for (int i = 0; i < 20; ++i) {
    server->send_data(1, to_bytes("x"), false);
    loop->advance(seconds(9));
  }
  EXPECT_EQ(recorder->body.size(), 20u);
  EXPECT_EQ(wire->from(0).writes, 3u);  // the preface, the SETTINGS' acknowledgement, the request
}

TEST_F(Silence, WithoutKeepaliveAConnectionSetsNoTimers) {
  call();
  loop->run_until_idle();
  EXPECT_EQ(loop->armed_timers(), 0u);
}

TEST(Suspicion, AsksOnceUntilSomethingIsHeard) {
  Suspicion suspicion(seconds(10));
  EXPECT_FALSE(suspicion.raised());
  EXPECT_TRUE(suspicion.raise(kStart));
  EXPECT_FALSE(suspicion.raise(kStart));
  EXPECT_FALSE(suspicion.raise(kStart + seconds(100))) << "the first one is open still";
  EXPECT_TRUE(suspicion.raised());
  suspicion.heard();
  EXPECT_FALSE(suspicion.raised());
  EXPECT_TRUE(suspicion.raise(kStart + seconds(100)));
}

TEST(Suspicion, AsksNoMoreOftenThanItIsTold) {
  Suspicion suspicion(seconds(10));
  EXPECT_TRUE(suspicion.raise(kStart));
  suspicion.heard();
  EXPECT_FALSE(suspicion.raise(kStart + milliseconds(9'999)));
  EXPECT_TRUE(suspicion.raised()) << "unasked";
  suspicion.heard();
  EXPECT_TRUE(suspicion.raise(kStart + seconds(10)));
}

TEST_F(Silence, ASuspectedPeerClearsItselfByAnsweringThePing) {
  connect({}, {});
  const std::size_t before = wire->from(0).bytes;
  client->raise_suspicion();
  client->raise_suspicion();
  EXPECT_TRUE(client->suspect());
  loop->run_until_idle();
  EXPECT_EQ(wire->from(0).bytes - before, 17u) << "one PING (RFC 9113 6.7)";
  EXPECT_FALSE(client->suspect());
}

TEST_F(Silence, ASuspectedPeerThatStaysSilentStaysSuspected) {
  connect({}, {});
  wire->from(1).stalled = true;
  client->raise_suspicion();
  loop->advance(seconds(100));
  EXPECT_TRUE(client->suspect());
  EXPECT_FALSE(client->closed());
}

TEST(PingStrikes, TwoPingsThatComeTooEarlyAreForgivenAndTheThirdIsNot) {
  PingStrikes strikes({.with_calls = seconds(10), .without_calls = seconds(300)});
  EXPECT_FALSE(strikes.too_many(kStart, true, false)) << "the first one is never early";
  EXPECT_FALSE(strikes.too_many(kStart + seconds(1), true, false));
  EXPECT_FALSE(strikes.too_many(kStart + seconds(2), true, false));
  EXPECT_TRUE(strikes.too_many(kStart + seconds(3), true, false));
}

TEST(PingStrikes, PingsAtTheIntervalAreNeverTooMany) {
  PingStrikes strikes({.with_calls = seconds(10), .without_calls = seconds(300)});
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(strikes.too_many(kStart + i * seconds(10), true, false)) << i;
  }
}

TEST(PingStrikes, WithoutCallsTheIntervalIsAnotherOne) {
  PingStrikes strikes({.with_calls = seconds(10), .without_calls = seconds(300)});
  int allowed = 0;
  while (!strikes.too_many(kStart + allowed * seconds(10), false, false)) ++allowed;
  EXPECT_EQ(allowed, 3);
}

TEST(PingStrikes, WhatIsSentBetweenThemIsWorthAPingAndForgivesThoseBefore) {
  PingStrikes strikes({.with_calls = seconds(10)});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(strikes.too_many(kStart, true, false));
  EXPECT_FALSE(strikes.too_many(kStart, true, true));
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(strikes.too_many(kStart, true, false));
  EXPECT_TRUE(strikes.too_many(kStart, true, false));
}

TEST(PingStrikes, WithoutAnIntervalAnyNumberMayCome) {
  PingStrikes strikes({});
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(strikes.too_many(kStart, i % 2 == 0, false));
}

// One side is ours, the other says nothing.
class Handshake : public testing::TestWithParam<Side> {};

INSTANTIATE_TEST_SUITE_P(BothSides, Handshake, testing::Values(Side::client, Side::server));

TEST_P(Handshake, ASilentPeerHasTwentySeconds) {
  auto loop = support::FakeLoop::create();
  auto wire = std::make_shared<Wire>(loop);
  ClientOwner owner;
  auto connection =
      std::make_shared<Connection>(GetParam(), loop, wire->end(0), owner, ConnectionOptions{});
  RawPeer peer(wire->end(1));
  connection->start();
  EXPECT_FALSE(connection->can_open());
  loop->advance(milliseconds(19'999));
  EXPECT_EQ(owner.lines, Lines{});
  loop->advance(milliseconds(1));
  EXPECT_EQ(owner.lines, Lines{"closed: HTTP/2 handshake timed out"});
  EXPECT_EQ(peer.closed, "connection closed");
}

}  // namespace
}  // namespace cpp_lite::h2
