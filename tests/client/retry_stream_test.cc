// Which attempts of a stream are followed by another one, and what is sent again (docs/rules.md,
// "Streamed requests", R14 to R21).
#include <string>
#include <vector>

#include "fixture.h"

namespace cpp_lite::client {
namespace {

constexpr RetryPolicyData kThreeAttempts{.max_attempts = 3};
constexpr Method kSafeDown{
    .path = "/test.Service/Down", .server_streams = true, .safety = Safety::no_side_effects};
// Both the class and the policy are written down: only then what was streamed is sent again.
constexpr Method kSafeUp{.path = "/test.Service/Up",
                         .client_streams = true,
                         .safety = Safety::idempotent,
                         .retry = kThreeAttempts};
constexpr Method kSafeBidi{.path = "/test.Service/Both",
                           .client_streams = true,
                           .server_streams = true,
                           .safety = Safety::idempotent,
                           .retry = kThreeAttempts};

class RetriedStreams : public ClientTest {
 protected:
  RetriedStreams() {
    options.on_attempt = [seen = seen](const Method&, const Attempt& attempt) {
      seen->push_back(attempt);
    };
  }

  // A stream whose peer has been sent these messages.
  std::unique_ptr<RawStream> begun(const Method& method, const std::vector<std::string>& messages) {
    std::unique_ptr<RawStream> call = stream(method);
    for (const std::string& message : messages) EXPECT_TRUE(written(*call, message));
    turn();
    return call;
  }
  bool written(RawStream& call, std::string_view message) {
    Future<bool> done = call.write(bytes(message));
    turn();
    return take(done);
  }
  void close(RawStream& call) {
    Future<bool> done = call.close_writes();
    turn();
    EXPECT_TRUE(take(done));
  }
  void reject(std::string_view code = "14", h2::HeaderList more = {}) {
    h2::HeaderList list{
        {":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", code}};
    list.insert(list.end(), more.begin(), more.end());
    peer.last().only_headers(list);
    turn();
  }
  void lose_connection() {
    peer.pipes.back()->cut("connection reset by peer");
    turn();
  }
  // The fixture's random source is 0.5: no jitter.
  void wait(std::chrono::nanoseconds time = 50ms) {
    loop->advance(time);
    turn();
  }
  std::string body() { return peer.last().body(); }

  // Some calls outlive the test.
  const std::shared_ptr<std::vector<Attempt>> seen = std::make_shared<std::vector<Attempt>>();
};

// ---- One request, many responses.

TEST_F(RetriedStreams, AServerStreamIsRepeatedUntilItsResponseBegins) {
  const auto call = begun(kSafeDown, {"list"});
  close(*call);
  reject();
  wait();
  lose_connection();
  wait(100ms);
  ASSERT_EQ(peer.streams.size(), 3U);
  EXPECT_EQ(body(), framed("list"));
  EXPECT_TRUE(peer.last().half_closed());
  peer.last().answer("item");
  turn();
  EXPECT_EQ(read(*call), "item");
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_TRUE(finish(*call).status.ok());
}

// R16
TEST_F(RetriedStreams, AServerStreamIsNotRepeatedOnceItsHeadersAreThere) {
  const auto call = begun(kSafeDown, {"list"});
  close(*call);
  peer.last().headers();
  turn();
  lose_connection();
  wait(1s);
  EXPECT_EQ(peer.streams.size(), 1U);
  EXPECT_EQ(finish(*call).status.code(), Code::unavailable);
  EXPECT_EQ(seen->at(0).outcome, Outcome::committed);
}

TEST_F(RetriedStreams, WhatWasReadOfABrokenServerStreamIsNotReadTwice) {
  const auto call = begun(kSafeDown, {"list"});
  close(*call);
  peer.last().headers();
  peer.last().message("one");
  turn();
  peer.last().reset(kRefusedStream);  // no proof any more
  turn();
  EXPECT_EQ(read(*call), "one");
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_EQ(finish(*call).status.code(), Code::unavailable);
  EXPECT_EQ(peer.streams.size(), 1U);
}

TEST_F(RetriedStreams, AReadThatWaitsGetsTheFirstMessageOfALaterAttempt) {
  const auto call = begun(kSafeDown, {"list"});
  close(*call);
  Future<std::optional<Bytes>> next = call->read();
  Future<Metadata> headers = call->headers();
  reject("14", {{"attempt", "first"}});
  EXPECT_FALSE(next.ready());
  EXPECT_FALSE(headers.ready());
  wait();
  peer.last().headers(
      {{":status", "200"}, {"content-type", "application/grpc"}, {"attempt", "second"}});
  peer.last().message("one");
  turn();
  EXPECT_EQ(take(headers).get("attempt"), "second");
  EXPECT_EQ(text(*take(next)), "one");
}

// ---- Many requests.

TEST_F(RetriedStreams, AClientStreamIsNotRepeatedUnlessBothItsClassAndAPolicyAreStated) {
  Method classless = kSafeUp;
  classless.safety = Safety::unsafe;
  Method without_policy = kSafeUp;
  without_policy.retry = {};
  for (const Method* method : {&classless, &without_policy}) {
    const std::size_t before = peer.streams.size();
    const auto call = begun(*method, {"one"});
    reject();
    wait(1s);
    EXPECT_EQ(peer.streams.size(), before + 1);
    EXPECT_EQ(finish(*call).status.code(), Code::unavailable);
  }
}

TEST_F(RetriedStreams, AnyStreamThatWasRefusedIsSentAgainAsItWas) {
  for (const Method* method : {&kClientStream, &kBidi}) {
    const auto call = begun(*method, {"one", "two"});
    close(*call);
    const std::size_t before = peer.streams.size();
    peer.last().reset(kRefusedStream);
    turn();
    ASSERT_EQ(peer.streams.size(), before + 1);
    EXPECT_EQ(body(), framed("one") + framed("two"));
    EXPECT_TRUE(peer.last().half_closed());
    EXPECT_EQ(peer.last().header("grpc-previous-rpc-attempts"), "(none)");
  }
}

// R18
TEST_F(RetriedStreams, ADeclaredStreamIsSentAgainInOrderWithItsEnd) {
  const auto call = begun(kSafeUp, {"one", "two", "three"});
  close(*call);
  Future<RawReply> reply = call->finish();
  reject();
  EXPECT_FALSE(reply.ready());
  wait();
  ASSERT_EQ(peer.streams.size(), 2U);
  EXPECT_EQ(body(), framed("one") + framed("two") + framed("three"));
  EXPECT_TRUE(peer.last().half_closed());
  EXPECT_EQ(peer.last().header("grpc-previous-rpc-attempts"), "1");
  peer.last().answer("sum");
  turn();
  const RawReply end = take(reply);
  EXPECT_EQ(text(end.message), "sum");
  EXPECT_EQ(end.attempts, 2);
}

TEST_F(RetriedStreams, AStreamThatIsStillOpenGoesOnInTheNextAttempt) {
  const auto call = begun(kSafeBidi, {"one"});
  lose_connection();
  wait();
  ASSERT_EQ(peer.streams.size(), 2U);
  EXPECT_FALSE(peer.last().half_closed());
  EXPECT_TRUE(written(*call, "two"));
  turn();
  EXPECT_EQ(body(), framed("one") + framed("two"));
  lose_connection();
  wait(100ms);
  EXPECT_EQ(body(), framed("one") + framed("two")) << "the third attempt";
}

TEST_F(RetriedStreams, WhatIsWrittenDuringBackoffFollowsWhatWasSentBefore) {
  const auto call = begun(kSafeUp, {"one"});
  reject();
  EXPECT_TRUE(written(*call, "two"));
  close(*call);
  EXPECT_EQ(peer.streams.size(), 1U);
  wait();
  EXPECT_EQ(body(), framed("one") + framed("two"));
  EXPECT_TRUE(peer.last().half_closed());
}

TEST_F(RetriedStreams, AWriteThatHasNoRoomDuringBackoffCompletesInTheNextAttempt) {
  options.send_buffer = 100;
  const auto call = begun(kSafeUp, {"one"});
  reject();
  Future<bool> big = call->write(bytes(std::string(200, 'x')));
  turn();
  EXPECT_FALSE(big.ready());
  wait();
  EXPECT_TRUE(take(big));
  EXPECT_EQ(body(), framed("one") + framed(std::string(200, 'x')));
}

// ---- What is kept.

// R19, R20
TEST_F(RetriedStreams, AStreamThatOutgrowsTheReplayBufferIsSentOnce) {
  options.replay_buffer = 20;
  const auto call = begun(kSafeUp, {"one", "two", "three"});  // 8 + 8 + 10 bytes
  EXPECT_EQ(body(), framed("one") + framed("two") + framed("three"));
  reject();
  wait(1s);
  EXPECT_EQ(peer.streams.size(), 1U);
  EXPECT_EQ(seen->at(0).outcome, Outcome::committed);
}

TEST_F(RetriedStreams, AStreamJustWithinTheReplayBufferIsRepeated) {
  options.replay_buffer = 16;
  const auto call = begun(kSafeUp, {"one", "two"});
  reject();
  wait();
  EXPECT_EQ(body(), framed("one") + framed("two"));
}

// R21.
// R21
TEST_F(RetriedStreams, AMessageThatDoesNotFitGoesOutBehindWhatIsReplayed) {
  options.replay_buffer = 20;
  const auto call = begun(kSafeUp, {"one"});
  reject();
  EXPECT_TRUE(written(*call, "much too long"));
  wait();
  ASSERT_EQ(peer.streams.size(), 2U);
  EXPECT_EQ(body(), framed("one") + framed("much too long"));
  EXPECT_TRUE(written(*call, "more"));
  turn();
  EXPECT_EQ(body(), framed("one") + framed("much too long") + framed("more"));
  reject();
  wait(1s);
  EXPECT_EQ(peer.streams.size(), 2U) << "it is committed";
}

TEST_F(RetriedStreams, OneThatDoesNotFitIntoTheChannelsMemoryIsSentOnce) {
  options.channel_replay_buffer = 20;
  const auto first = begun(kSafeUp, {"one"});
  const auto second = begun(kSafeUp, {"much longer"});
  reject();
  wait(1s);
  EXPECT_EQ(peer.streams.size(), 2U);
  peer.stream(0).trailers_only("14");
  turn();
  wait();
  EXPECT_EQ(peer.streams.size(), 3U);
  EXPECT_EQ(body(), framed("one"));
}

TEST_F(RetriedStreams, AResponseThatBeginsGivesTheMemoryBack) {
  options.channel_replay_buffer = 20;
  const auto first = begun(kSafeBidi, {"0123456789"});
  peer.last().headers();
  turn();
  const auto second = begun(kSafeBidi, {"0123456789"});
  reject();
  wait();
  EXPECT_EQ(peer.streams.size(), 3U);
  EXPECT_EQ(body(), framed("0123456789"));
}

TEST_F(RetriedStreams, ACallThatEndsGivesTheMemoryBack) {
  options.channel_replay_buffer = 20;
  for (int i = 0; i < 5; ++i) {
    const auto call = begun(kSafeUp, {"0123456789"});
    const std::size_t before = peer.streams.size();
    reject();
    wait();
    EXPECT_EQ(peer.streams.size(), before + 1);
    peer.last().answer("sum");
    turn();
    EXPECT_TRUE(finish(*call).status.ok());
  }
}

// ---- The end.

// R51
TEST_F(RetriedStreams, AStreamThatIsCancelledDuringBackoffSendsNothingMore) {
  const auto call = begun(kSafeBidi, {"one"});
  Future<std::optional<Bytes>> next = call->read();
  reject();
  call->cancel();
  turn();
  EXPECT_FALSE(take(next).has_value());
  EXPECT_FALSE(written(*call, "two"));
  const Status status = finish(*call).status;
  EXPECT_EQ(status.code(), Code::cancelled);
  EXPECT_EQ(status.phase(), "backoff");
  wait(10s);
  EXPECT_EQ(peer.streams.size(), 1U);
}

TEST_F(RetriedStreams, AStreamThatIsDroppedDuringBackoffSendsNothingMore) {
  begun(kSafeBidi, {"one"}).reset();
  const std::size_t before = peer.streams.size();
  auto call = begun(kSafeBidi, {"one"});
  reject();
  call.reset();
  turn();
  wait(10s);
  EXPECT_EQ(peer.streams.size(), before + 1);
}

TEST_F(RetriedStreams, AStreamThatIsNotRepeatedTellsItsWriter) {
  options.send_buffer = 10;
  peer.options.stream_window = 10;
  const auto call = stream(kBidi);
  turn();
  peer.last().reads = false;
  Future<bool> stuck = call->write(bytes(std::string(100, 'x')));
  turn();
  EXPECT_FALSE(stuck.ready());
  reject();
  EXPECT_FALSE(take(stuck));
}

TEST_F(RetriedStreams, AWriterThatIsStuckGoesOnInTheNextAttempt) {
  options.send_buffer = 10;
  peer.options.stream_window = 10;
  const auto call = stream(kSafeBidi);
  turn();
  peer.last().reads = false;
  Future<bool> stuck = call->write(bytes(std::string(100, 'x')));
  turn();
  reject();
  EXPECT_FALSE(stuck.ready());
  peer.options.stream_window = 1000;
  lose_connection();
  wait();
  ASSERT_EQ(peer.streams.size(), 2U);
  EXPECT_TRUE(take(stuck));
  EXPECT_EQ(body(), framed(std::string(100, 'x')));
}

// A unary method may be called as a stream, whose user sees the response come in.
TEST_F(RetriedStreams, AUnaryResponseThatWasReadPieceByPieceIsNotAskedForAgain) {
  constexpr static Method kSafeUnary{.path = "/test.Service/Get", .safety = Safety::idempotent};
  const auto call = begun(kSafeUnary, {"get"});
  close(*call);
  peer.last().headers();
  peer.last().message("got");
  turn();
  EXPECT_EQ(read(*call), "got");
  lose_connection();
  wait(1s);
  EXPECT_EQ(peer.streams.size(), 1U);
  EXPECT_EQ(finish(*call).status.code(), Code::unavailable);
}

}  // namespace
}  // namespace cpp_lite::client
