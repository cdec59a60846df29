// How a channel gets its connection: connectivity states, backoff, fail-fast and wait-for-ready.
#include <string>
#include <vector>

#include "fixture.h"

namespace cpp_lite::client {
namespace {

class Connecting : public ClientTest {
 protected:
  static Status refused(std::string_view where) {
    return Status(Code::unavailable, "connection refused: " + std::string(where));
  }
  void refuse() { script->ways = {refused("ipv4:127.0.0.1:1")}; }
  void accept() { script->ways = {Status()}; }
  std::vector<std::chrono::nanoseconds> pauses() const {
    std::vector<std::chrono::nanoseconds> result;
    for (std::size_t i = 1; i < script->round_times.size(); ++i) {
      result.push_back(script->round_times[i] - script->round_times[i - 1]);
    }
    return result;
  }
};

TEST_F(Connecting, BeginsWithTheFirstCall) {
  (void)channel();
  loop->advance(1h);
  EXPECT_EQ(script->rounds, 0);
  Future<RawReply> future = unary();
  turn();
  EXPECT_EQ(script->rounds, 1);
}

TEST_F(Connecting, TriesTheAddressesInOrderUntilOneAnswers) {
  script->ways = {refused("a"), refused("b"), Status(), Status()};
  Future<RawReply> future = unary();
  turn();
  EXPECT_EQ(script->dialed, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(peer.asked, 1);
}

// R52
TEST_F(Connecting, FailsFastWithTheWordsOfTheLastFailure) {
  script->ways = {refused("a"), refused("ipv4:127.0.0.1:1")};
  Future<RawReply> waiting = unary();
  EXPECT_FALSE(waiting.ready()) << "while connecting it waits";
  turn();
  const RawReply reply = take(waiting);
  EXPECT_EQ(reply.status, refused("ipv4:127.0.0.1:1"));
  EXPECT_EQ(reply.status.origin(), Origin::local);
  EXPECT_EQ(reply.status.phase(), "connecting");
  EXPECT_EQ(reply.attempts, 0);

  Future<RawReply> later = unary();
  EXPECT_TRUE(later.ready()) << "in TRANSIENT_FAILURE it does not";
  EXPECT_EQ(status_of(later).code(), Code::unavailable);
}

TEST_F(Connecting, FailsFastWhenResolvingFails) {
  script->resolving = Status(Code::unavailable, "no such host: nowhere");
  Future<RawReply> future = unary();
  turn();
  const Status status = status_of(future);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.message(), "no such host: nowhere");
  EXPECT_EQ(status.phase(), "resolving");
}

// R52
TEST_F(Connecting, WaitForReadyOutlastsFailures) {
  refuse();
  Future<RawReply> patient = unary(Deadline::never(), {.wait_for_ready = true});
  Future<RawReply> hasty = unary();
  loop->advance(10s);
  EXPECT_TRUE(hasty.ready());
  EXPECT_FALSE(patient.ready());
  accept();
  loop->advance(10s);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(patient).ok());
}

TEST_F(Connecting, WaitForReadyComesFromTheCallElseTheMethodElseTheChannel) {
  refuse();
  static constexpr Method kPatient{.path = "/test.Service/Patient", .wait_for_ready = true};
  Future<RawReply> by_method = channel()->unary({&kPatient, 1h}, bytes("ping"));
  Future<RawReply> by_call =
      channel()->unary({&kPatient, 1h, {.wait_for_ready = false}}, bytes("ping"));
  turn();
  EXPECT_FALSE(by_method.ready());
  EXPECT_TRUE(by_call.ready());
  drop_channel();
  options.wait_for_ready = true;
  Future<RawReply> by_channel = unary();
  turn();
  EXPECT_FALSE(by_channel.ready());
}

// R53
TEST_F(Connecting, BacksOffBetweenRoundsAndStartsOverAfterSuccess) {
  refuse();
  Future<RawReply> patient = unary(Deadline::never(), {.wait_for_ready = true});
  loop->advance(8s);
  EXPECT_EQ(pauses(), (std::vector<std::chrono::nanoseconds>{1s, 1600ms, 2560ms}));
  accept();
  loop->advance(5s);
  ASSERT_EQ(peer.asked, 1);
  refuse();
  script->round_times.clear();
  peer.pipes.back()->cut("gone");
  turn();
  EXPECT_EQ(status_of(patient).code(), Code::unavailable);
  EXPECT_TRUE(script->round_times.empty()) << "nobody needs a connection now";
  Future<RawReply> again = unary(Deadline::never(), {.wait_for_ready = true});
  loop->advance(2s);
  EXPECT_EQ(pauses(), (std::vector<std::chrono::nanoseconds>{1s}));
}

TEST_F(Connecting, TheBackoffCountsFromTheBeginningOfARound) {
  peer.speaks = false;
  options.connect_timeout = 2s;
  Future<RawReply> patient = unary(Deadline::never(), {.wait_for_ready = true});
  loop->advance(11s);
  // Two seconds of each pass connecting; 1 s and 1.6 s are over by then.
  EXPECT_EQ(pauses(), (std::vector<std::chrono::nanoseconds>{2s, 2s, 2560ms, 4096ms}));
}

TEST_F(Connecting, KeepsTryingWhileFailingSoThatLaterCallsFindItReady) {
  refuse();
  Future<RawReply> first = unary();
  turn();
  EXPECT_FALSE(status_of(first).ok());
  accept();
  loop->advance(1s);
  Future<RawReply> second = unary();
  turn();
  EXPECT_EQ(peer.asked, 1);
}

// R54
TEST_F(Connecting, AFailingChannelFailsCallsEvenWhileItTriesAgain) {
  refuse();
  Future<RawReply> first = unary();
  turn();
  script->hold_dialing = true;
  loop->advance(1s);
  EXPECT_EQ(script->rounds, 2);
  Future<RawReply> second = unary();
  ASSERT_TRUE(second.ready());
  EXPECT_EQ(status_of(second), refused("ipv4:127.0.0.1:1"));
}

TEST_F(Connecting, GivesUpOnAPeerThatDoesNotSpeakAfterTheConnectTimeout) {
  peer.speaks = false;
  options.connect_timeout = 5s;
  Future<RawReply> future = unary();
  loop->advance(5s - 1ns);
  EXPECT_FALSE(future.ready());
  loop->advance(1ns);
  const Status status = status_of(future);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.phase(), "connecting");
}

TEST_F(Connecting, APeerThatDoesNotSpeakIsFollowedByTheNextAddress) {
  script->ways = {Status(), Status()};
  peer.speaks = false;
  Future<RawReply> future = unary();
  turn();
  peer.speaks = true;
  loop->advance(20s);
  EXPECT_EQ(script->dialed, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(peer.asked, 1);
}

TEST_F(Connecting, ConnectsAgainAfterALossWhenACallNeedsIt) {
  (void)answered([](PeerStream& call) { call.answer("pong"); });
  peer.pipes.back()->cut("gone");
  turn();
  EXPECT_EQ(script->rounds, 1);
  const RawReply reply = answered([](PeerStream& call) { call.answer("pong"); });
  EXPECT_TRUE(reply.status.ok());
  EXPECT_EQ(script->rounds, 2);
}

TEST_F(Connecting, APeerThatHangsUpAtOnceIsNotCalledInATightLoop) {
  peer.options.max_concurrent_streams = 0;
  Future<RawReply> patient = unary(Deadline::never(), {.wait_for_ready = true});
  turn();
  for (int i = 0; i < 3; ++i) {
    peer.pipes.back()->cut("gone");
    turn();
  }
  EXPECT_EQ(script->rounds, 1);
  loop->advance(1s);
  EXPECT_EQ(script->rounds, 2);
}

TEST_F(Connecting, WithoutCallsItStopsTryingAfterAWhile) {
  refuse();
  Future<RawReply> first = unary();
  loop->advance(2h);
  const int rounds = script->rounds;
  loop->advance(2h);
  EXPECT_EQ(script->rounds, rounds);
  accept();
  Future<RawReply> second = unary();
  turn();
  EXPECT_EQ(peer.asked, 1);
}

class Queueing : public ClientTest {};

TEST_F(Queueing, CallsBeyondTheStreamsOfThePeerWaitInOrder) {
  peer.options.max_concurrent_streams = 2;
  std::vector<Future<RawReply>> calls;
  for (int i = 0; i < 10; ++i) {
    calls.push_back(unary(Deadline::never(), {}, std::to_string(i)));
    turn();
  }
  EXPECT_EQ(peer.asked, 2);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(peer.stream(i).body(), framed(std::to_string(i)));
    peer.stream(i).answer("pong");
    turn();
  }
  for (auto& call : calls) EXPECT_TRUE(status_of(call).ok());
  EXPECT_EQ(peer.connections.size(), 1u);
}

TEST_F(Queueing, ACallThatGivesUpMakesRoomForTheNext) {
  peer.options.max_concurrent_streams = 1;
  Future<RawReply> first = unary(1s);
  turn();
  Future<RawReply> second = unary();
  { Future<RawReply> dropped = unary(); }
  Future<RawReply> last = unary();
  loop->advance(1s);
  EXPECT_EQ(status_of(first).code(), Code::deadline_exceeded);
  ASSERT_EQ(peer.asked, 2);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(second).ok());
  EXPECT_EQ(peer.asked, 3);
}

TEST_F(Queueing, QueuedCallsMoveToTheNextConnectionWhenTheirsIsLost) {
  peer.options.max_concurrent_streams = 1;
  Future<RawReply> first = unary();
  turn();
  Future<RawReply> second = unary();
  turn();
  peer.pipes.back()->cut("gone");
  turn();
  EXPECT_EQ(status_of(first).code(), Code::unavailable);
  EXPECT_EQ(script->rounds, 2);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(second).ok());
}

class Draining : public ClientTest {};

TEST_F(Draining, GoawaySendsNewCallsToANewConnectionAndLetsOldOnesEnd) {
  Future<RawReply> old = unary();
  turn();
  peer.connections[0]->drain();
  turn();
  Future<RawReply> fresh = unary();
  turn();
  ASSERT_EQ(peer.connections.size(), 2u);
  peer.stream(1).answer("new");
  peer.stream(0).answer("old");
  turn();
  EXPECT_EQ(text(take(old).message), "old");
  EXPECT_EQ(text(take(fresh).message), "new");
  loop->advance(10s);
  EXPECT_TRUE(peer.connections[0]->closed());
  EXPECT_FALSE(peer.connections[1]->closed());
}

TEST_F(Draining, DroppingTheChannelClosesDrainingConnectionsToo) {
  Future<RawReply> old = unary();
  turn();
  peer.connections[0]->drain();
  turn();
  Future<RawReply> fresh = unary();
  turn();
  drop_channel();
  turn();
  EXPECT_TRUE(peer.lost.empty()) << "calls go on";
  peer.stream(0).answer("old");
  peer.stream(1).answer("new");
  turn();
  loop->advance(10s);
  EXPECT_EQ(peer.lost.size(), 2u);
}

class Refused : public ClientTest {};

TEST_F(Refused, CallsAreSentAgainOnceWithoutBeingCounted) {
  peer.refuses = true;
  Future<RawReply> future = unary();
  while (peer.asked == 0) loop->poll();
  peer.refuses = false;
  turn();
  EXPECT_EQ(peer.asked, 2);
  EXPECT_EQ(peer.last().body(), framed("ping"));
  EXPECT_TRUE(peer.last().half_closed());
  peer.last().answer("pong");
  turn();
  const RawReply reply = take(future);
  EXPECT_TRUE(reply.status.ok());
  EXPECT_EQ(reply.attempts, 1);
}

TEST_F(Refused, TwiceIsUnavailable) {
  peer.refuses = true;
  Future<RawReply> future = unary();
  turn();
  EXPECT_EQ(peer.asked, 2);
  const RawReply reply = take(future);
  EXPECT_EQ(reply.status.code(), Code::unavailable);
  EXPECT_EQ(reply.attempts, 1);
}

TEST_F(Refused, StreamsAreSentAgainWithAllThatWasWritten) {
  peer.refuses = true;
  const auto call = stream();
  (void)call->write(bytes("one"));
  while (peer.asked == 0) loop->poll();
  peer.refuses = false;
  (void)call->write(bytes("two"));
  turn();
  EXPECT_EQ(peer.last().body(), framed("one") + framed("two"));
  EXPECT_FALSE(peer.last().half_closed());
  (void)call->write(bytes("three"));
  (void)call->close_writes();
  turn();
  EXPECT_EQ(peer.last().body(), framed("one") + framed("two") + framed("three"));
  EXPECT_TRUE(peer.last().half_closed());
}

TEST_F(Refused, ACallThatIsTooLargeToBeKeptIsNotSentAgain) {
  peer.refuses = true;
  Future<RawReply> future =
      unary(Deadline::never(), {}, std::string(options.replay_buffer + 1, 'x'));
  turn();
  EXPECT_EQ(peer.asked, 1);
  EXPECT_EQ(status_of(future).code(), Code::unavailable);
}

TEST_F(Refused, ACallThatWasAnsweredInPartIsNotSentAgain) {
  Future<RawReply> future = unary();
  turn();
  peer.last().headers();
  turn();
  peer.last().reset(kRefusedStream);
  turn();
  EXPECT_EQ(peer.asked, 1);
  EXPECT_EQ(status_of(future).code(), Code::unavailable);
}

TEST_F(Refused, AGoawayThatNamesEarlierStreamsSendsTheRestToANewConnection) {
  Future<RawReply> seen = unary();
  turn();
  peer.pipes[0]->set_to_server({.stall = true});
  Future<RawReply> unseen = unary();
  turn();
  peer.connections[0]->close("restart");
  turn();
  EXPECT_EQ(status_of(seen).code(), Code::unavailable);
  ASSERT_EQ(peer.connections.size(), 2u);
  peer.last().answer("pong");
  turn();
  const RawReply reply = take(unseen);
  EXPECT_TRUE(reply.status.ok()) << reply.status.to_string();
  EXPECT_EQ(reply.attempts, 1);
}

TEST_F(Refused, TheSecondTimeSendsWhatIsLeftOfTheDeadline) {
  peer.refuses = true;
  peer.options.max_concurrent_streams = 1;
  Future<RawReply> future = unary(10s);
  while (peer.asked == 0) loop->poll();
  peer.refuses = false;
  loop->advance_late(3s);
  EXPECT_EQ(peer.last().header("grpc-timeout"), "7000000u");
}

}  // namespace
}  // namespace cpp_lite::client
