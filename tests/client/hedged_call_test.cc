// Unary calls that are hedged, as both sides see them: docs/rules.md R28, R35, R44 to R49.
#include <string>
#include <thread>
#include <vector>

#include "hedging.h"

namespace cpp_lite::client {
namespace {

using HedgedCallTest = HedgingTest;

TEST_F(HedgedCallTest, R44SendsTheFirstAttemptAtOnceAndAnotherWithEachDelay) {
  Future<RawReply> reply = call();
  EXPECT_EQ(sent(), 1U);
  wait(49ms);
  EXPECT_EQ(sent(), 1U);
  wait(1ms);
  EXPECT_EQ(sent(), 2U);
  wait(50ms);
  EXPECT_EQ(sent(), 3U);
  wait(1h);
  EXPECT_EQ(sent(), 3U);
  EXPECT_FALSE(reply.ready());
}

TEST_F(HedgedCallTest, R44SendsAllAtOnceWithoutADelay) {
  Future<RawReply> reply = call(kBurst);
  EXPECT_EQ(sent(), 3U);
}

TEST_F(HedgedCallTest, R45TheFirstSuccessIsTheResultAndTheOthersAreReset) {
  Future<RawReply> reply = call(kBurst);
  answer(1, "pong");
  const RawReply done = take(reply);
  EXPECT_TRUE(done.status.ok());
  EXPECT_EQ(text(done.message), "pong");
  EXPECT_EQ(done.attempts, 3);
  EXPECT_EQ(state(0), "reset 8");
  EXPECT_EQ(state(1), "closed");
  EXPECT_EQ(state(2), "reset 8");
  EXPECT_EQ(verdicts(done.status),
            (Words{"cancelled: another one won", "won", "cancelled: another one won"}));
}

TEST_F(HedgedCallTest, AnAnswerBeforeTheDelayIsOnePlainCall) {
  Future<RawReply> reply = call();
  answer(0, "pong");
  const RawReply done = take(reply);
  EXPECT_EQ(text(done.message), "pong");
  EXPECT_EQ(done.attempts, 1);
  EXPECT_TRUE(done.status.attempts().empty());
  wait(1h);
  EXPECT_EQ(sent(), 1U);
}

TEST_F(HedgedCallTest, AResponseThatHasOnlyBegunDoesNotKeepOthersFromWinning) {
  Future<RawReply> reply = call(kBurst);
  peer.stream(0).headers();
  turn();
  answer(2, "pong");
  EXPECT_EQ(text(take(reply).message), "pong");
  EXPECT_EQ(state(0), "reset 8");
}

TEST_F(HedgedCallTest, R46ANonFatalCodeSendsTheNextAttemptAtOnceAndResumesTheDelay) {
  Future<RawReply> reply = call();
  wait(20ms);
  reject(0, "14");
  EXPECT_EQ(sent(), 2U);
  wait(49ms);
  EXPECT_EQ(sent(), 2U);
  wait(1ms);
  EXPECT_EQ(sent(), 3U);
  answer(1, "pong");
  EXPECT_TRUE(status_of(reply).ok());
}

TEST_F(HedgedCallTest, R47AnyOtherCodeIsTheResultAndTheOthersAreReset) {
  Future<RawReply> reply = call(kBurst);
  reject(2, "5", {{"grpc-message", "no such thing"}});
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::not_found);
  EXPECT_EQ(status.message(), "no such thing");
  EXPECT_EQ(state(0), "reset 8");
  EXPECT_EQ(state(1), "reset 8");
  EXPECT_EQ(verdicts(status), (Words{"cancelled: the call ended", "cancelled: the call ended",
                                     "stopped: the code is fatal"}));
}

TEST_F(HedgedCallTest, R48EndsAsTheLastAttemptDidWhenAllHaveFailed) {
  Future<RawReply> reply = call(kBurst);
  reject(1, "14", {{"grpc-message", "first"}});
  reject(0, "14", {{"grpc-message", "second"}});
  EXPECT_FALSE(reply.ready());
  reject(2, "14", {{"grpc-message", "third"}});
  const Status status = status_of(reply);
  EXPECT_EQ(status.message(), "third");
  EXPECT_EQ(verdicts(status), (Words{"left to the others: attempts", "left to the others: attempts",
                                     "stopped: attempts"}));
  wait(1h);
  EXPECT_EQ(sent(), 3U) << "no retries";
}

TEST_F(HedgedCallTest, R49OneDeadlineCoversAllAttempts) {
  Future<RawReply> reply = call(kHedged, 120ms);
  wait(100ms);
  EXPECT_EQ(sent(), 3U);
  EXPECT_EQ(peer.stream(0).header("grpc-timeout"), "120000u");
  EXPECT_EQ(peer.stream(1).header("grpc-timeout"), "70000000n");
  EXPECT_EQ(peer.stream(2).header("grpc-timeout"), "20000000n");
  wait(20ms);
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::deadline_exceeded);
  EXPECT_EQ(status.phase(), "sent");
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(state(i), "reset 8");
}

TEST_F(HedgedCallTest, NoAttemptBeginsWhoseTimeWouldBeOver) {
  Future<RawReply> reply = call(kHedged, 50ms);
  wait(50ms);
  EXPECT_EQ(sent(), 1U);
  EXPECT_EQ(status_of(reply).code(), Code::deadline_exceeded);
}

TEST_F(HedgedCallTest, ADeadlineThatHasPassedSendsNothing) {
  Future<RawReply> reply = call(kHedged, 0s);
  const RawReply done = take(reply);
  EXPECT_EQ(done.status.code(), Code::deadline_exceeded);
  EXPECT_EQ(done.attempts, 0);
  EXPECT_EQ(sent(), 0U);
}

TEST_F(HedgedCallTest, R28ANegativePushbackLeavesThoseUnderWay) {
  Future<RawReply> reply = call();
  wait(50ms);
  reject(0, "14", {{"grpc-retry-pushback-ms", "-1"}});
  wait(1h);
  EXPECT_EQ(sent(), 2U);
  answer(1, "pong");
  EXPECT_TRUE(status_of(reply).ok());
}

TEST_F(HedgedCallTest, R28APushbackDelaysTheNextAttempt) {
  Future<RawReply> reply = call();
  reject(0, "14", {{"grpc-retry-pushback-ms", "700"}});
  wait(699ms);
  EXPECT_EQ(sent(), 1U);
  wait(1ms);
  EXPECT_EQ(sent(), 2U);
  wait(50ms);
  EXPECT_EQ(sent(), 3U);
}

TEST_F(HedgedCallTest, D16APushbackBeyondTheDeadlineEndsTheCall) {
  Future<RawReply> reply = call(kHedged, 500ms);
  reject(0, "14", {{"grpc-retry-pushback-ms", "700"}});
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(verdicts(status), Words{"stopped: deadline"});
}

TEST_F(HedgedCallTest, R29TheServerIsToldHowManyAttemptsCameBefore) {
  Future<RawReply> reply = call(kBurst);
  EXPECT_EQ(peer.stream(0).header("grpc-previous-rpc-attempts"), "(none)");
  EXPECT_EQ(peer.stream(1).header("grpc-previous-rpc-attempts"), "1");
  EXPECT_EQ(peer.stream(2).header("grpc-previous-rpc-attempts"), "2");
}

TEST_F(HedgedCallTest, EveryAttemptCarriesTheSameBytes) {
  Future<RawReply> reply = call(kBurst);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(peer.stream(i).body(), framed("ping"));
    EXPECT_TRUE(peer.stream(i).half_closed());
  }
}

TEST_F(HedgedCallTest, R35AThrottledAttemptIsDropped) {
  options.service_config = R"({"retryThrottling": {"maxTokens": 2, "tokenRatio": 0.1}})";
  Future<RawReply> reply = call();
  reject(0, "14");
  const Status status = status_of(reply);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(verdicts(status), Words{"stopped: throttled"});
  Future<RawReply> beside = call();
  wait(1h);
  EXPECT_EQ(sent(), 2U);
  answer(1, "pong");
  EXPECT_TRUE(status_of(beside).ok());
}

TEST_F(HedgedCallTest, AnEmptyBudgetLeavesCallsWithOneAttempt) {
  std::vector<Future<RawReply>> replies;
  for (int i = 0; i < 20; ++i) replies.push_back(call(kBurst));
  EXPECT_EQ(sent(), 20U + 12U) << "10 to begin with, and a tenth of 20";
}

TEST_F(HedgedCallTest, ACallPaysIntoTheBudgetOnce) {
  for (int i = 0; i < 5; ++i) {
    Future<RawReply> reply = call(kBurst);
    peer.last().answer("pong");
    turn();
  }
  EXPECT_EQ(sent(), 5U + 10U) << "5 * 0.1 is less than one";
}

TEST_F(HedgedCallTest, ALostConnectionIsACodeLikeAnyOther) {
  Future<RawReply> reply = call();
  peer.connections.back()->close("gone");
  turn();
  ASSERT_EQ(sent(), 2U);
  answer(1, "pong");
  const RawReply done = take(reply);
  EXPECT_TRUE(done.status.ok());
  EXPECT_EQ(verdicts(done.status), (Words{"repeated: not fatal", "won"}));
}

TEST_F(HedgedCallTest, ARefusedStreamIsRepeatedForFreeOnceInACall) {
  Future<RawReply> reply = call(kBurst);
  peer.stream(0).reset(kRefusedStream);
  turn();
  EXPECT_EQ(sent(), 4U);
  EXPECT_EQ(peer.stream(3).header("grpc-previous-rpc-attempts"), "(none)");
  peer.stream(1).reset(kRefusedStream);
  turn();
  EXPECT_EQ(sent(), 4U);
  answer(3, "pong");
  const Status status = take(reply).status;
  ASSERT_EQ(status.attempts().size(), 4U);
  EXPECT_EQ(status.attempts()[0].outcome, Outcome::refused);
  EXPECT_EQ(status.attempts()[3].number, 4);
  EXPECT_EQ(status.attempts()[3].verdict, "won");
}

TEST_F(HedgedCallTest, TheDelayBeginsWhenTheFirstAttemptIsSent) {
  script->ways = {Status(Code::unavailable, "connection refused")};
  Future<RawReply> reply = call(kHedged, 60s, {.wait_for_ready = true});
  wait(500ms);
  script->ways = {Status()};
  wait(500ms);  // the end of the backoff
  EXPECT_EQ(sent(), 1U);
  wait(49ms);
  EXPECT_EQ(sent(), 1U);
  wait(1ms);
  EXPECT_EQ(sent(), 2U);
}

TEST_F(HedgedCallTest, LaterAttemptsWaitForTheServerToComeBack) {
  Future<RawReply> reply = call(kHedged, 60s);
  script->ways = {Status(Code::unavailable, "connection refused")};
  peer.connections.back()->close("restart");
  turn();
  wait(500ms);
  EXPECT_FALSE(reply.ready());
  script->ways = {Status()};
  wait(3s);
  ASSERT_GE(sent(), 2U);
  peer.last().answer("back");
  turn();
  EXPECT_EQ(text(take(reply).message), "back");
}

TEST_F(HedgedCallTest, DroppingTheFutureResetsAllAttempts) {
  {
    Future<RawReply> reply = call(kBurst);
    EXPECT_EQ(sent(), 3U);
  }
  turn();
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(state(i), "reset 8");
}

TEST_F(HedgedCallTest, DroppingTheFutureDuringAPauseSendsNothingMore) {
  {
    Future<RawReply> reply = call();
    reject(0, "14", {{"grpc-retry-pushback-ms", "700"}});
  }
  turn();
  wait(1h);
  EXPECT_EQ(sent(), 1U);
}

TEST_F(HedgedCallTest, DroppingTheFutureBeforeTheLoopHasHeardOfTheCallSendsNothing) {
  (void)channel();
  {
    Future<RawReply> reply;
    std::thread([&] { reply = channel()->unary({&kBurst, 1s}, bytes("ping")); }).join();
  }
  turn();
  EXPECT_EQ(sent(), 0U);
}

TEST_F(HedgedCallTest, AnAttemptTimeoutMovesOnAndTheLastAttemptMayUseTheWholeDeadline) {
  static constexpr Method kPatient{.path = "/test.Service/Patient",
                                   .safety = Safety::idempotent,
                                   .attempt_timeout = 1s,
                                   .hedging = {.max_attempts = 2, .delay = 5s}};
  Future<RawReply> reply = call(kPatient, 60s);
  wait(1s);
  EXPECT_EQ(state(0), "reset 8");
  ASSERT_EQ(sent(), 2U);
  wait(20s);
  answer(1, "late");
  EXPECT_EQ(text(take(reply).message), "late");
}

TEST_F(HedgedCallTest, ARequestOverTheReplayBufferIsSentOnce) {
  options.replay_buffer = 4;
  Future<RawReply> reply = call(kBurst);
  EXPECT_EQ(sent(), 1U);
  EXPECT_EQ(peer.last().body(), framed("ping"));
  answer(0, "pong");
  EXPECT_TRUE(status_of(reply).ok());
}

TEST_F(HedgedCallTest, MemoryOfTheChannelIsGivenBack) {
  options.channel_replay_buffer = 50;
  for (int i = 0; i < 10; ++i) {
    Future<RawReply> reply = call();
    wait(50ms);
    peer.last().answer("pong");
    turn();
    EXPECT_TRUE(status_of(reply).ok());
  }
  EXPECT_EQ(sent(), 20U);
}

TEST_F(HedgedCallTest, ARequestThatIsTooLargeFailsBeforeItIsSent) {
  CallSettings small;
  small.max_send_message = 2;
  Future<RawReply> reply = call(kBurst, Deadline::never(), small);
  EXPECT_EQ(status_of(reply).code(), Code::resource_exhausted);
  EXPECT_EQ(sent(), 0U);
}

TEST_F(HedgedCallTest, AnAnswerThatIsTooLargeEndsTheCall) {
  CallSettings small;
  small.max_receive_message = 2;
  Future<RawReply> reply = call(kBurst, Deadline::never(), small);
  peer.stream(1).answer("pong");
  turn();
  EXPECT_EQ(status_of(reply).code(), Code::resource_exhausted);
  EXPECT_EQ(state(0), "reset 8");
}

TEST_F(HedgedCallTest, AHookSeesEachAttemptWithItsVerdict) {
  Future<RawReply> reply = call();
  wait(50ms);
  answer(1, "pong");
  ASSERT_EQ(seen().size(), 2U);
  const bool in_order = seen()[0].number == 1;
  const Attempt& first = seen()[in_order ? 0 : 1];
  const Attempt& second = seen()[in_order ? 1 : 0];
  EXPECT_EQ(first.outcome, Outcome::local);
  EXPECT_EQ(first.verdict, "cancelled: another one won");
  EXPECT_EQ(first.elapsed, 50ms);
  EXPECT_EQ(second.outcome, Outcome::ok);
  EXPECT_EQ(second.verdict, "won");
  EXPECT_EQ(second.delay, 50ms);
  EXPECT_EQ(second.previous_attempts, 1);
}

TEST_F(HedgedCallTest, TheHistoryReadsLikeAStory) {
  Future<RawReply> reply = call(kBurst);
  for (std::size_t i = 0; i < 3; ++i) reject(i, "14", {{"grpc-message", "busy"}});
  const std::string story = status_of(reply).to_string();
  EXPECT_NE(story.find("UNAVAILABLE: busy"), std::string::npos) << story;
  EXPECT_NE(story.find("attempts=3, stopped: attempts"), std::string::npos) << story;
  EXPECT_EQ(std::count(story.begin(), story.end(), '\n'), 3) << story;
}

TEST_F(HedgedCallTest, CallsGoOnWithoutTheirChannel) {
  Future<RawReply> reply = call();
  reject(0, "14", {{"grpc-retry-pushback-ms", "700"}});
  drop_channel();
  wait(700ms);
  ASSERT_EQ(sent(), 2U);
  answer(1, "pong");
  EXPECT_TRUE(status_of(reply).ok());
}

}  // namespace
}  // namespace cpp_lite::client
