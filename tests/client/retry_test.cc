// Which attempts of a unary call are followed by another one, and what both sides see of it
// (docs/rules.md, "Attempts").
#include <vector>

#include "retrying.h"

namespace cpp_lite::client {
namespace {

TEST_F(RetryTest, ASafeCallIsRepeatedUntilItIsAnswered) {
  Future<RawReply> reply = call(kSafe);
  reject("14");
  EXPECT_FALSE(reply.ready());
  wait(50ms);
  reject("14");
  wait(100ms);
  ASSERT_EQ(peer.streams.size(), 3U);
  peer.last().answer("pong");
  turn();
  const RawReply done = take(reply);
  EXPECT_TRUE(done.status.ok());
  EXPECT_EQ(text(done.message), "pong");
  EXPECT_EQ(done.attempts, 3);
  EXPECT_EQ(done.status.attempts().size(), 3U);
}

TEST_F(RetryTest, TheServerIsToldHowManyAttemptsCameBefore) {
  Future<RawReply> reply = call(kSafe);
  reject("14");
  wait(50ms);
  reject("14");
  wait(100ms);
  EXPECT_EQ(peer.stream(0).header("grpc-previous-rpc-attempts"), "(none)");
  EXPECT_EQ(peer.stream(1).header("grpc-previous-rpc-attempts"), "1");
  EXPECT_EQ(peer.stream(2).header("grpc-previous-rpc-attempts"), "2");
}

TEST_F(RetryTest, EveryAttemptCarriesTheSameBytes) {
  Future<RawReply> reply = call(kSafe);
  reject("14");
  wait(50ms);
  EXPECT_EQ(peer.stream(1).body(), framed("ping"));
  EXPECT_EQ(peer.stream(1).body(), peer.stream(0).body());
  EXPECT_TRUE(peer.stream(1).half_closed());
}

// R10
TEST_F(RetryTest, EveryAttemptSaysWhatIsLeftOfTheDeadline) {
  Future<RawReply> reply = call(kSafe, 10s);
  reject("14");
  wait(50ms);
  EXPECT_EQ(peer.stream(0).header("grpc-timeout"), "10000000u");
  EXPECT_EQ(peer.stream(1).header("grpc-timeout"), "9950000u");
}

TEST_F(RetryTest, AnUnsafeCallIsNotRepeated) {
  Future<RawReply> reply = call(kUnary);
  reject("14");
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unavailable);
  ASSERT_EQ(status.attempts().size(), 1U);
  EXPECT_EQ(status.attempts()[0].outcome, Outcome::rejected);
  EXPECT_EQ(status.attempts()[0].verdict, "stopped: the method is UNSAFE");
  EXPECT_FALSE(status.is_not_executed());
}

TEST_F(RetryTest, AnUnsafeCallIsRepeatedWhenTheServerProvesThatItDidNothing) {
  Future<RawReply> reply = call(kUnary);
  reject("14", {{"cpp-lite-not-executed", "1"}});
  EXPECT_FALSE(reply.ready());
  wait(50ms);
  ASSERT_EQ(peer.streams.size(), 2U);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(reply).ok());
}

TEST_F(RetryTest, TheProofReachesTheApplicationOnlyIfItHoldsForEveryAttempt) {
  options.service_config = R"({"methodConfig": [{"name": [{}], "retryPolicy": {
      "maxAttempts": 2, "initialBackoff": "0.05s", "maxBackoff": "1s", "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE"]}}]})";
  Future<RawReply> proven = call(kUnary);
  for (int i = 0; i < 2; ++i) {
    reject("14", {{"cpp-lite-not-executed", "1"}});
    wait(50ms);
  }
  EXPECT_TRUE(status_of(proven).is_not_executed());

  Future<RawReply> mixed = call(kSafe);
  reject("14");
  wait(50ms);
  reject("14", {{"cpp-lite-not-executed", "1"}});
  const RawReply end = take(mixed);
  EXPECT_FALSE(end.status.is_not_executed());
  EXPECT_FALSE(end.trailers.contains("cpp-lite-not-executed"));
}

TEST_F(RetryTest, ALostConnectionIsMadeAgainForASafeCall) {
  Future<RawReply> reply = call(kSafe);
  peer.connections.back()->close("gone");
  turn();
  EXPECT_FALSE(reply.ready());
  wait(50ms);
  ASSERT_EQ(peer.streams.size(), 2U);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(reply).ok());
  EXPECT_EQ(seen.at(0).outcome, Outcome::lost);
}

TEST_F(RetryTest, AConnectionThatIsLostUnderAnUnsafeCallEndsIt) {
  Future<RawReply> reply = call(kUnary);
  peer.connections.back()->close("gone");
  turn();
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(peer.streams.size(), 1U);
}

TEST_F(RetryTest, AReplyThatIsLostBetweenItsHeadersAndItsTrailersIsAskedForAgain) {
  Future<RawReply> reply = call(kSafe);
  peer.last().headers();
  peer.last().message("half an answer");
  turn();
  peer.connections.back()->close("gone");
  turn();
  wait(50ms);
  ASSERT_EQ(peer.streams.size(), 2U);
  peer.last().answer("pong");
  turn();
  EXPECT_EQ(text(take(reply).message), "pong");
}

// R16: who waits for the reply sees nothing of the call before
TEST_F(RetryTest, AStatusAfterTheHeadersIsTheAnswer) {
  Future<RawReply> reply = call(kSafe);
  peer.last().headers();
  peer.last().status("14");
  turn();
  EXPECT_EQ(status_of(reply).attempts().at(0).outcome, Outcome::committed);
  EXPECT_EQ(peer.streams.size(), 1U);
}

TEST_F(RetryTest, AnErrorOfAProxyThatKnowsNoGrpcIsRepeatedLikeAStatus) {
  Future<RawReply> reply = call(kSafe);
  peer.last().only_headers({{":status", "503"}, {"content-type", "text/html"}});
  turn();
  wait(50ms);
  EXPECT_EQ(seen.at(0).outcome, Outcome::rejected);
  EXPECT_EQ(peer.streams.size(), 2U);
}

TEST_F(RetryTest, ARefusedStreamIsRepeatedAtOnceAndOnceWhateverItsMethod) {
  Future<RawReply> reply = call(kUnary);
  peer.last().reset(kRefusedStream);
  turn();
  ASSERT_EQ(peer.streams.size(), 2U);
  EXPECT_EQ(peer.last().header("grpc-previous-rpc-attempts"), "(none)");
  peer.last().reset(kRefusedStream);
  turn();
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_TRUE(status.is_not_executed());
  EXPECT_EQ(peer.streams.size(), 2U);
}

TEST_F(RetryTest, APeerThatIsKnownToLieIsNotBelievedToHaveRefused) {
  options.trust_refused = false;
  Future<RawReply> reply = call(kUnary);
  peer.last().reset(kRefusedStream);
  turn();
  EXPECT_EQ(status_of(reply).attempts().at(0).outcome, Outcome::lost);
  EXPECT_EQ(peer.streams.size(), 1U);
}

TEST_F(RetryTest, RetriesCanBeSwitchedOffForAChannel) {
  options.retries = false;
  Future<RawReply> reply = call(kSafe);
  reject("14");
  EXPECT_EQ(status_of(reply).attempts().at(0).verdict, "stopped: retries are off");
}

TEST_F(RetryTest, PushbackIsKeptExactly) {
  Future<RawReply> reply = call(kSafe);
  reject("14", {{"grpc-retry-pushback-ms", "700"}});
  wait(699ms);
  EXPECT_EQ(peer.streams.size(), 1U);
  wait(1ms);
  EXPECT_EQ(peer.streams.size(), 2U);
}

TEST_F(RetryTest, NegativePushbackEndsTheCall) {
  Future<RawReply> reply = call(kSafe);
  reject("14", {{"grpc-retry-pushback-ms", "-1"}});
  const Status status = status_of(reply);
  EXPECT_EQ(status.attempts().at(0).verdict, "stopped: pushback");
  EXPECT_EQ(status.pushback(), -1ms);
}

TEST_F(RetryTest, AStatusSaysWhatTheServerAskedFor) {
  Future<RawReply> paused = call(kUnary);
  reject("14", {{"grpc-retry-pushback-ms", "700"}});
  EXPECT_EQ(status_of(paused).pushback(), 700ms);
  Future<RawReply> nonsense = call(kUnary);
  reject("14", {{"grpc-retry-pushback-ms", "soon"}});
  EXPECT_EQ(status_of(nonsense).pushback(), -1ms) << "gRFC A6: not to be repeated";
  Future<RawReply> plain = call(kUnary);
  reject("14");
  EXPECT_EQ(status_of(plain).pushback(), std::nullopt);
}

TEST_F(RetryTest, AnAttemptTimeoutMovesOnAndTheLastAttemptMayUseTheWholeDeadline) {
  Future<RawReply> reply = call(kPatient, 60s);
  wait(1s);
  EXPECT_EQ(peer.stream(0).reset_code(), kCancel);
  wait(50ms);
  ASSERT_EQ(peer.streams.size(), 2U);
  wait(1s);
  wait(100ms);
  ASSERT_EQ(peer.streams.size(), 3U);
  wait(20s);
  EXPECT_FALSE(reply.ready());
  peer.last().answer("late");
  turn();
  EXPECT_EQ(text(take(reply).message), "late");
}

TEST_F(RetryTest, AnAttemptTimeoutEndsNoCallThatCannotBeRepeatedAnyMore) {
  std::vector<Future<RawReply>> replies;
  for (int i = 0; i < 40; ++i) replies.push_back(call(kPatient, 60s));
  for (int second = 0; second < 10; ++second) wait(1s);  // far beyond what the budget pays for
  for (Future<RawReply>& reply : replies) EXPECT_FALSE(reply.ready());
}

// R51
TEST_F(RetryTest, ACallThatIsCancelledDuringBackoffSendsNothingMore) {
  {
    Future<RawReply> reply = call(kSafe);
    reject("14");
  }
  turn();
  wait(10s);
  EXPECT_EQ(peer.streams.size(), 1U);
}

TEST_F(RetryTest, ADeadlineThatWouldPassDuringBackoffEndsTheCallWithTheLastStatus) {
  Future<RawReply> reply = call(kSafe, 40ms);
  reject("14", {{"grpc-message", "try later"}});
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(status.message(), "try later");
  EXPECT_EQ(status.attempts().at(0).verdict, "stopped: deadline");
}

TEST_F(RetryTest, ARepeatedCallWaitsForItsServerToComeBack) {
  Future<RawReply> reply = call(kSafe, 60s);
  script->ways = {Status(Code::unavailable, "connection refused")};
  peer.connections.back()->close("restart");
  turn();
  wait(50ms);
  wait(500ms);
  EXPECT_FALSE(reply.ready());
  script->ways = {Status()};
  wait(1s);
  wait(2s);
  ASSERT_EQ(peer.streams.size(), 2U);
  peer.last().answer("back");
  turn();
  EXPECT_EQ(text(take(reply).message), "back");
}

// R19, R20
TEST_F(RetryTest, ARequestOverTheReplayBufferIsSentOnce) {
  options.replay_buffer = 4;
  Future<RawReply> reply = call(kSafe);
  reject("14");
  const Status status = status_of(reply);
  EXPECT_EQ(status.attempts().at(0).outcome, Outcome::committed);
  EXPECT_EQ(peer.streams.size(), 1U);
}

TEST_F(RetryTest, CallsThatPauseEndWithTheirLoop) {
  Future<RawReply> reply = call(kSafe);
  reject("14");
  drop_channel();
  turn();
  EXPECT_FALSE(reply.ready());  // a call goes on without its channel
  wait(50ms);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(status_of(reply).ok());
}

// R3
TEST_F(RetryTest, AllMethodsOfAChannelShareItsThrottle) {
  options.service_config = R"({"retryThrottling": {"maxTokens": 4, "tokenRatio": 0.1}})";
  Future<RawReply> one = call(kSafe);
  reject("14");
  wait(50ms);
  reject("14");
  EXPECT_EQ(status_of(one).attempts().back().verdict, "stopped: throttled");
  Future<RawReply> another = call(kPatient);
  reject("14");
  EXPECT_EQ(status_of(another).attempts().back().verdict, "stopped: throttled");
}

TEST_F(RetryTest, TheHistoryReadsLikeAStory) {
  Future<RawReply> reply = call(kSafe, 10s);
  for (const auto delay : {50ms, 100ms, 0ms}) {
    reject("14", {{"grpc-message", "busy"}});
    wait(delay);
  }
  const Status status = status_of(reply);
  const std::string story = status.to_string();
  EXPECT_NE(story.find("UNAVAILABLE: busy"), std::string::npos) << story;
  EXPECT_NE(story.find("attempts=3, stopped: attempts"), std::string::npos) << story;
  EXPECT_EQ(std::count(story.begin(), story.end(), '\n'), 3) << story;
}

TEST_F(RetryTest, AHookMayEndTheCallThatItHearsOf) {
  Future<RawReply> reply;
  options.on_attempt = [&](const Method&, const Attempt&) { reply = Future<RawReply>(); };
  reply = call(kSafe);
  reject("14");
  EXPECT_FALSE(reply.valid());
  wait(10s);
  EXPECT_EQ(peer.streams.size(), 1U);
}

TEST_F(RetryTest, AHookSeesEachAttempt) {
  Future<RawReply> reply = call(kSafe);
  reject("14");
  wait(50ms);
  peer.last().answer("pong");
  turn();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].outcome, Outcome::rejected);
  EXPECT_EQ(seen[0].number, 1);
  EXPECT_EQ(seen[0].bytes_sent, 9U);
  EXPECT_EQ(seen[1].outcome, Outcome::ok);
  EXPECT_EQ(seen[1].number, 2);
  EXPECT_EQ(seen[1].previous_attempts, 1);
  EXPECT_EQ(seen[1].delay, 50ms);
}

}  // namespace
}  // namespace cpp_lite::client
