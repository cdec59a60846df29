// Which addresses a channel tries, when it looks a name up, and how many connections it has.
#include <string>
#include <vector>

#include "client/dialer.h"
#include "fixture.h"

namespace cpp_lite::client {
namespace {

class Addresses : public ClientTest {
 protected:
  static Status refused() { return Status(Code::unavailable, "connection refused"); }
  using Ways = std::vector<std::size_t>;
};

// R55
TEST_F(Addresses, OneMoreIsTriedAfterEachDelayAndTheFirstThatIsReadyWins) {
  script->ways = {Status(), Status(), Status(), Status()};
  script->silent = {0, 1};
  Future<RawReply> call = unary();
  loop->advance(250ms - 1ns);
  EXPECT_EQ(script->dialed, (Ways{0}));
  loop->advance(1ns);
  EXPECT_EQ(script->dialed, (Ways{0, 1}));
  loop->advance(250ms);
  EXPECT_EQ(script->dialed, (Ways{0, 1, 2}));
  EXPECT_EQ(peer.asked, 1);
  loop->advance(1min);
  EXPECT_EQ(script->dialed.size(), 3u);
}

// R55
TEST_F(Addresses, AnAddressThatTakesTheConnectionAndSaysNothingDoesNotHoldTheOthersUp) {
  script->ways = {Status(), Status()};
  peer.speaks = false;
  Future<RawReply> call = unary();
  turn();
  peer.speaks = true;
  loop->advance(250ms);
  EXPECT_EQ(peer.asked, 1);
  loop->advance(1min);
  EXPECT_EQ(script->rounds, 1) << "and the first one's end is none of the channel";
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(call).ok());
}

TEST_F(Addresses, AFailureIsFollowedByTheNextOneAtOnceWhichHasAHeadStartAgain) {
  script->ways = {Status(), refused(), Status(), Status()};
  script->silent = {0, 2};
  Future<RawReply> call = unary();
  loop->advance(250ms);
  EXPECT_EQ(script->dialed, (Ways{0, 1, 2}));
  loop->advance(249ms);
  EXPECT_EQ(script->dialed.size(), 3u);
  loop->advance(1ms);
  EXPECT_EQ(script->dialed, (Ways{0, 1, 2, 3}));
  EXPECT_EQ(peer.asked, 1);
}

TEST_F(Addresses, CallsFailWhenAllHaveFailedAndNotBefore) {
  script->ways = {Status(), refused()};
  peer.speaks = false;
  Future<RawReply> call = unary();
  loop->advance(20s - 1ns);
  EXPECT_EQ(script->dialed, (Ways{0, 1}));
  EXPECT_FALSE(call.ready());
  loop->advance(1ns);
  EXPECT_EQ(status_of(call).code(), Code::unavailable);
}

TEST_F(Addresses, AChannelThatClosesDropsAllThatAreTried) {
  script->ways = {Status(), Status(), Status()};
  peer.speaks = false;
  Future<RawReply> call = unary();
  loop->advance(500ms);
  ASSERT_EQ(peer.connections.size(), 3u);
  drop_channel();
  { Future<RawReply> dropped = std::move(call); }
  turn();
  loop->advance(1min);
  EXPECT_EQ(script->rounds, 1);
}

TEST_F(Addresses, TheDelayIsWithinATenthOfASecondAndTwoSeconds) {
  script->ways = {Status(), Status()};
  script->silent = {0, 1};
  options.connection_attempt_delay = 1ms;
  Future<RawReply> hasty = unary();
  loop->advance(100ms - 1ns);
  EXPECT_EQ(script->dialed.size(), 1u);
  loop->advance(1ns);
  EXPECT_EQ(script->dialed.size(), 2u);
  drop_channel();
  options.connection_attempt_delay = 1h;
  Future<RawReply> slow = unary();
  loop->advance(2s - 1ns);
  EXPECT_EQ(script->dialed.size(), 3u);
  loop->advance(1ns);
  EXPECT_EQ(script->dialed.size(), 4u);
}

class Lookups : public ClientTest {
 protected:
  // What the next lookup finds; 0: nothing.
  std::size_t find() {
    std::size_t found = 99;
    const auto lookup = dialer->resolve(
        loop, [&](const Status& status, std::size_t ways) { found = status.ok() ? ways : 0; });
    turn();
    return found;
  }
  const std::unique_ptr<Dialer> dialer =
      resolve_seldom(std::make_unique<ScriptedDialer>(script), 30s);
};

TEST_F(Lookups, WhatWasFoundCountsForAWhile) {
  EXPECT_EQ(find(), 1u);
  script->ways = {Status(), Status(), Status()};
  loop->advance(30s - 1ns);
  EXPECT_EQ(find(), 1u);
  EXPECT_EQ(script->rounds, 1);
  loop->advance(1ns);
  EXPECT_EQ(find(), 3u);
  EXPECT_EQ(find(), 3u);
  EXPECT_EQ(script->rounds, 2);
}

TEST_F(Lookups, ThatFailAreRepeatedAtOnce) {
  script->resolving = Status(Code::unavailable, "no such host");
  EXPECT_EQ(find(), 0u);
  EXPECT_EQ(find(), 0u);
  script->resolving = Status();
  EXPECT_EQ(find(), 1u);
  EXPECT_EQ(script->rounds, 3);
}

class Growth : public ClientTest {
 protected:
  Growth() {
    options.max_connections_per_endpoint = 2;
    peer.options.max_concurrent_streams = 1;
  }
  std::vector<Future<RawReply>> begin(int count) {
    std::vector<Future<RawReply>> calls;
    for (int i = 0; i < count; ++i) calls.push_back(unary());
    turn();
    return calls;
  }
};

// R50c
TEST_F(Growth, CallsThatWaitForRoomGetOneMoreConnectionUpToTheMost) {
  auto calls = begin(3);
  EXPECT_EQ(peer.connections.size(), 2u);
  EXPECT_EQ(peer.asked, 2);
  peer.stream(1).answer("pong");
  turn();
  EXPECT_TRUE(status_of(calls[1]).ok());
  EXPECT_EQ(peer.asked, 3);
  EXPECT_EQ(peer.connections.size(), 2u);
}

TEST_F(Growth, TheSameAddressIsTheOneThatItGoesTo) {
  script->ways = {Status(Code::unavailable, "refused"), Status(), Status()};
  const auto calls = begin(2);
  EXPECT_EQ(script->dialed, (std::vector<std::size_t>{0, 1, 1}));
  EXPECT_EQ(script->rounds, 1);
}

TEST_F(Growth, ASpareConnectionIsClosedAgainAndABusyOneIsNot) {
  options.max_connections_per_endpoint = 3;
  auto calls = begin(3);
  peer.stream(0).answer("pong");
  peer.stream(2).answer("pong");
  loop->advance(10min);
  EXPECT_EQ(peer.lost.size(), 1u);
  EXPECT_FALSE(calls[1].ready());
  peer.stream(1).answer("pong");
  loop->advance(10min);
  EXPECT_EQ(peer.lost.size(), 2u);
  Future<RawReply> last = unary();
  turn();
  EXPECT_EQ(peer.connections.size(), 3u) << "the first one has stayed";
}

TEST_F(Growth, TheOtherOneGoesOnWhereTheFirstIsLost) {
  auto calls = begin(3);
  peer.pipes[0]->cut("gone");
  turn();
  EXPECT_EQ(status_of(calls[0]).code(), Code::unavailable);
  EXPECT_FALSE(calls[1].ready());
  EXPECT_EQ(script->rounds, 1);
  EXPECT_EQ(peer.connections.size(), 3u) << "for the call that waits";
  EXPECT_EQ(peer.asked, 3);
}

TEST_F(Growth, AFailureIsRepeatedWithBackoffAndFailsNoCall) {
  Future<RawReply> first = unary();
  turn();
  script->ways = {Status(Code::unavailable, "refused")};
  Future<RawReply> second = unary();
  turn();
  EXPECT_EQ(script->dialed.size(), 2u);
  EXPECT_FALSE(second.ready());
  loop->advance(1s - 1ns);
  EXPECT_EQ(script->dialed.size(), 2u);
  script->ways = {Status()};
  loop->advance(1ns);
  EXPECT_EQ(script->dialed.size(), 3u);
  EXPECT_EQ(peer.asked, 2);
}

TEST_F(Growth, BothAreClosedWithTheChannel) {
  auto calls = begin(2);
  peer.stream(0).answer("pong");
  peer.stream(1).answer("pong");
  turn();
  drop_channel();
  turn();
  EXPECT_EQ(peer.lost.size(), 2u);
}

class Idle : public ClientTest {};

TEST_F(Idle, TheWhileIsAnOptionAndBeginsWithTheEndOfTheLastCall) {
  options.idle_timeout = 1min;
  Future<RawReply> call = unary();
  loop->advance(119s);
  peer.last().answer("pong");
  loop->advance(60s);
  EXPECT_TRUE(peer.lost.empty());
  loop->advance(1s);
  EXPECT_EQ(peer.lost.size(), 1u);
}

TEST_F(Idle, ZeroIsNever) {
  options.idle_timeout = {};
  (void)answered([](PeerStream& call) { call.answer("pong"); });
  loop->advance(100h);
  EXPECT_TRUE(peer.lost.empty());
}

}  // namespace
}  // namespace cpp_lite::client
