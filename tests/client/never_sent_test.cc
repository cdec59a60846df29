// Calls whose request never left: repeated at once, of whatever class (docs/rules.md, row 4).
#include "retrying.h"

namespace cpp_lite::client {
namespace {

// Nothing that the client writes to its first connection passes, so that all but the first write
// waits inside the client.
class NeverSentTest : public RetryTest {
 protected:
  void stall() {
    Future<RawReply> first = call(kUnary);  // connects
    peer.last().answer("pong");
    turn();
    EXPECT_TRUE(status_of(first).ok());
    peer.pipes[0]->set_to_server({.stall = true});
  }
  void lose_connection() {
    peer.pipes[0]->cut("line cut");
    turn();
  }
  std::size_t served = 1;  // by stall()
};

TEST_F(NeverSentTest, AnUnsafeCallIsSentOnTheNextConnectionIfNothingOfItWasWritten) {
  stall();
  Future<RawReply> written = call(kUnary);
  Future<RawReply> queued = call(kUnary);
  lose_connection();
  ASSERT_EQ(peer.streams.size(), served + 1);
  EXPECT_EQ(peer.last().body(), framed("ping"));
  EXPECT_EQ(peer.last().header("grpc-previous-rpc-attempts"), "(none)");
  peer.last().answer("pong");
  turn();
  const RawReply reply = take(queued);
  EXPECT_TRUE(reply.status.ok());
  EXPECT_EQ(reply.attempts, 1);
  ASSERT_EQ(reply.status.attempts().size(), 2U);
  EXPECT_EQ(reply.status.attempts()[0].outcome, Outcome::not_sent);
  EXPECT_EQ(reply.status.attempts()[0].bytes_sent, 0U);
  EXPECT_EQ(reply.status.attempts()[0].verdict, "repeated: nothing was sent");

  const Status lost = status_of(written);
  EXPECT_EQ(lost.code(), Code::unavailable);
  ASSERT_EQ(lost.attempts().size(), 1U);
  EXPECT_EQ(lost.attempts()[0].outcome, Outcome::lost);
  EXPECT_FALSE(lost.is_not_executed());
}

TEST_F(NeverSentTest, ItIsFreeAndNeedsNoPause) {
  options.service_config = R"({"retryThrottling": {"maxTokens": 2, "tokenRatio": 1}})";
  stall();
  (void)call(kUnary);
  std::vector<Future<RawReply>> queued;
  for (int i = 0; i < 30; ++i) queued.push_back(call(kSafe));
  lose_connection();
  EXPECT_EQ(peer.streams.size(), served + 30);
}

TEST_F(NeverSentTest, AStreamThatWasWrittenToIsSentAgainWithAllItsMessages) {
  stall();
  const auto first = stream();
  (void)first->write(bytes("blocks the line"));
  turn();
  const auto second = stream();
  (void)second->write(bytes("one"));
  turn();
  (void)second->write(bytes("two"));
  turn();
  lose_connection();
  ASSERT_EQ(peer.streams.size(), served + 1);
  EXPECT_EQ(peer.last().body(), framed("one") + framed("two"));
}

TEST_F(NeverSentTest, ACallThatCouldNotBeKeptEndsAndSaysThatItWasNotExecuted) {
  options.replay_buffer = 3;
  stall();
  (void)call(kUnary);
  Future<RawReply> queued = call(kUnary);
  lose_connection();
  const Status status = status_of(queued);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_TRUE(status.is_not_executed());
  EXPECT_EQ(peer.streams.size(), served);
}

TEST_F(NeverSentTest, AGoawayLetsTheCallsThatAreStillQueuedGoElsewhere) {
  stall();
  Future<RawReply> written = call(kUnary);
  Future<RawReply> queued = call(kUnary);
  peer.connections[0]->drain();
  turn();
  peer.pipes[0]->set_to_server({});
  turn();
  ASSERT_EQ(peer.streams.size(), served + 2);  // each on its connection
  for (std::size_t i = served; i < peer.streams.size(); ++i) peer.stream(i).answer("pong");
  turn();
  EXPECT_TRUE(status_of(written).ok());
  const RawReply reply = take(queued);
  EXPECT_TRUE(reply.status.ok());
  ASSERT_EQ(reply.status.attempts().size(), 2U);
  EXPECT_EQ(reply.status.attempts()[0].outcome, Outcome::not_sent);
}

}  // namespace
}  // namespace cpp_lite::client
