// Server streams that are hedged: the first response that begins wins (docs/rules.md R14, R22, R45
// to R50).
#include <string>
#include <thread>
#include <vector>

#include "hedging.h"

namespace cpp_lite::client {
namespace {

class HedgedStreamTest : public HedgingTest {
 protected:
  void begin(std::size_t attempt) {
    peer.stream(attempt).headers();
    turn();
  }
  void message(std::size_t attempt, std::string_view text) {
    peer.stream(attempt).message(text);
    turn();
  }
  void end(std::size_t attempt, std::string_view code) {
    peer.stream(attempt).status(code);
    turn();
  }
};

TEST_F(HedgedStreamTest, TheFirstResponseThatBeginsWins) {
  const auto call = rows();
  wait(50ms);
  ASSERT_EQ(sent(), 2U);
  begin(1);
  EXPECT_EQ(state(0), "reset 8");
  message(1, "one");
  EXPECT_EQ(read(*call), "one");
  wait(1h);
  EXPECT_EQ(sent(), 2U) << "no more attempts";
  message(1, "two");
  end(1, "0");
  EXPECT_EQ(read(*call), "two");
  EXPECT_EQ(read(*call), "(end)");
  const RawReply done = finish(*call);
  EXPECT_TRUE(done.status.ok());
  EXPECT_EQ(done.attempts, 2);
  EXPECT_EQ(verdicts(done.status), (Words{"cancelled: another one won", "won"}));
}

TEST_F(HedgedStreamTest, R50WhatIsWrittenGoesToAllAttempts) {
  const auto call = stream(kHedgedStream);
  turn();
  wait(50ms);
  ASSERT_EQ(sent(), 2U);
  Future<bool> written = call->write(bytes("which"));
  EXPECT_TRUE(take(written));
  (void)call->close_writes();
  turn();
  wait(50ms);
  ASSERT_EQ(sent(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(peer.stream(i).body(), framed("which"));
    EXPECT_TRUE(peer.stream(i).half_closed());
  }
}

TEST_F(HedgedStreamTest, WhatTheUserWaitsForComesFromTheWinner) {
  const auto call = rows();
  Future<Metadata> headers = call->headers();
  Future<std::optional<Bytes>> next = call->read();
  wait(50ms);
  EXPECT_FALSE(headers.ready());
  peer.stream(1).headers(
      {{":status", "200"}, {"content-type", "application/grpc"}, {"from", "second"}});
  peer.stream(1).message("row");
  turn();
  EXPECT_EQ(take(headers).get("from"), "second");
  EXPECT_EQ(text(*take(next)), "row");
}

TEST_F(HedgedStreamTest, FinishWaitsForTheWinner) {
  const auto call = rows();
  Future<RawReply> finished = call->finish();
  wait(50ms);
  begin(1);
  message(1, "unread");
  end(1, "0");
  EXPECT_TRUE(take(finished).status.ok());
}

TEST_F(HedgedStreamTest, R46AnErrorInsteadOfAResponseSendsTheNextAttempt) {
  const auto call = rows();
  reject(0, "14");
  ASSERT_EQ(sent(), 2U);
  begin(1);
  message(1, "row");
  EXPECT_EQ(read(*call), "row");
}

TEST_F(HedgedStreamTest, R47AFatalErrorIsTheResult) {
  const auto call = rows();
  Future<std::optional<Bytes>> next = call->read();
  wait(50ms);
  reject(0, "7");
  EXPECT_FALSE(take(next).has_value());
  EXPECT_EQ(state(1), "reset 8");
  const Status status = finish(*call).status;
  EXPECT_EQ(status.code(), Code::permission_denied);
  EXPECT_EQ(verdicts(status), (Words{"stopped: the code is fatal", "cancelled: the call ended"}));
}

TEST_F(HedgedStreamTest, AnErrorAfterTheResponseHasBegunIsTheResult) {
  const auto call = rows();
  begin(0);
  end(0, "14");
  const Status status = finish(*call).status;
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_EQ(verdicts(status), Words{"stopped: committed"});
  EXPECT_EQ(sent(), 1U);
}

TEST_F(HedgedStreamTest, R22ARequestThatCannotBeKeptStaysWithTheAttemptThatSentMost) {
  options.replay_buffer = 20;
  const auto call = stream(kHedgedStream);
  turn();
  wait(50ms);
  ASSERT_EQ(sent(), 2U);
  (void)call->write(bytes("1234"));
  turn();
  EXPECT_EQ(peer.stream(1).body(), framed("1234"));
  (void)call->write(bytes("more than there is room for"));
  (void)call->close_writes();
  turn();
  EXPECT_EQ(state(1), "reset 8");
  EXPECT_EQ(peer.stream(0).body(), framed("1234") + framed("more than there is room for"));
  wait(1h);
  EXPECT_EQ(sent(), 2U);
  begin(0);
  message(0, "row");
  EXPECT_EQ(read(*call), "row");
}

TEST_F(HedgedStreamTest, DroppingTheStreamResetsAllAttempts) {
  {
    const auto call = rows();
    wait(50ms);
  }
  turn();
  EXPECT_EQ(state(0), "reset 8");
  EXPECT_EQ(state(1), "reset 8");
}

TEST_F(HedgedStreamTest, CancellingEndsReadsAndResetsAllAttempts) {
  const auto call = rows();
  wait(50ms);
  Future<std::optional<Bytes>> next = call->read();
  call->cancel();
  turn();
  EXPECT_FALSE(take(next).has_value());
  EXPECT_EQ(finish(*call).status.code(), Code::cancelled);
  EXPECT_EQ(state(0), "reset 8");
  EXPECT_EQ(state(1), "reset 8");
}

TEST_F(HedgedStreamTest, CancellingTheWinnerEndsTheCall) {
  const auto call = rows();
  begin(0);
  call->cancel();
  turn();
  EXPECT_EQ(state(0), "reset 8");
  EXPECT_EQ(finish(*call).status.code(), Code::cancelled);
}

TEST_F(HedgedStreamTest, ADroppedReadIsNotHandedOver) {
  const auto call = rows();
  { Future<std::optional<Bytes>> given_up = call->read(); }
  begin(0);
  message(0, "row");
  EXPECT_EQ(read(*call), "row");
}

TEST_F(HedgedStreamTest, TwoReadsAtOnceAreAMistakeThatIsLogged) {
  const auto call = rows();
  Future<std::optional<Bytes>> first = call->read();
  Future<std::optional<Bytes>> second = call->read();
  turn();
  EXPECT_FALSE(take(second).has_value());
  EXPECT_FALSE(first.ready());
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0], "two reads pending at once on one call of /test.Service/Rows");
}

TEST_F(HedgedStreamTest, TheDeadlineEndsTheWinner) {
  const auto call = rows(1s);
  begin(0);
  wait(1s);
  EXPECT_EQ(finish(*call).status.code(), Code::deadline_exceeded);
  EXPECT_EQ(state(0), "reset 8");
}

TEST_F(HedgedStreamTest, MayBeUsedBeforeTheLoopHasHeardOfIt) {
  (void)channel();
  std::unique_ptr<RawStream> call, dropped;
  std::thread([&] {
    call = stream(kHedgedStream, 1s);
    dropped = stream(kHedgedStream, 1s);
  }).join();
  (void)call->write(bytes("which"));
  (void)call->close_writes();
  Future<std::optional<Bytes>> next = call->read();
  dropped.reset();
  turn();
  ASSERT_EQ(sent(), 1U);
  EXPECT_EQ(peer.stream(0).body(), framed("which"));
  EXPECT_TRUE(peer.stream(0).half_closed());
  begin(0);
  message(0, "row");
  EXPECT_EQ(text(*take(next)), "row");
}

TEST_F(HedgedStreamTest, ItsUserMayDropItWhereItWins) {
  std::unique_ptr<RawStream> call = rows();
  Future<Metadata> headers = call->headers();
  detail::when_ready(std::move(headers), [&](Future<Metadata>) { call.reset(); });
  wait(50ms);
  begin(1);
  EXPECT_EQ(call, nullptr);
  EXPECT_EQ(state(0), "reset 8");
  EXPECT_EQ(state(1), "reset 8");
}

}  // namespace
}  // namespace cpp_lite::client
