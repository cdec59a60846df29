// Streams: reading, writing, finishing, dropping, and flow control in both directions.
#include <string>

#include "fixture.h"

namespace cpp_lite::client {
namespace {

class Streams : public ClientTest {};

TEST_F(Streams, MessagesGoBothWays) {
  const auto call = stream();
  Future<bool> written = call->write(bytes("one"));
  EXPECT_TRUE(take(written));
  turn();
  EXPECT_EQ(peer.last().body(), framed("one"));
  EXPECT_FALSE(peer.last().half_closed());
  Future<std::optional<Bytes>> next = call->read();
  EXPECT_FALSE(next.ready());
  peer.last().headers();
  peer.last().message("two");
  turn();
  EXPECT_EQ(text(*take(next)), "two");
  Future<bool> closed = call->close_writes();
  EXPECT_TRUE(take(closed));
  turn();
  EXPECT_TRUE(peer.last().half_closed());
  peer.last().message("three");
  peer.last().trailers({{"grpc-status", "0"}, {"cost", "3"}});
  turn();
  EXPECT_EQ(read(*call), "three");
  EXPECT_EQ(read(*call), "(end)");
  const RawReply end = finish(*call);
  EXPECT_TRUE(end.status.ok());
  EXPECT_EQ(end.trailers.get("cost"), "3");
  EXPECT_EQ(end.attempts, 1);
}

TEST_F(Streams, MessagesMayBeWrittenBeforeThereIsAConnection) {
  const auto call = stream(kClientStream);
  (void)call->write(bytes("one"));
  (void)call->write(bytes("two"));
  (void)call->close_writes();
  turn();
  EXPECT_EQ(peer.last().body(), framed("one") + framed("two"));
  EXPECT_TRUE(peer.last().half_closed());
}

TEST_F(Streams, HalfCloseWithoutAnyMessageArrives) {
  const auto call = stream(kClientStream);
  (void)call->close_writes();
  turn();
  EXPECT_TRUE(peer.last().half_closed());
  EXPECT_EQ(peer.last().body(), "");
}

TEST_F(Streams, FinishOfACallWithOneResponseYieldsIt) {
  const auto call = stream(kClientStream);
  (void)call->write(bytes("one"));
  Future<RawReply> reply = call->finish();
  turn();
  EXPECT_TRUE(peer.last().half_closed()) << "finish() closes the writing side";
  peer.last().answer("total");
  turn();
  EXPECT_EQ(text(take(reply).message), "total");
}

TEST_F(Streams, AClientStreamHasExactlyOneResponse) {
  const auto none = stream(kClientStream);
  turn();
  peer.last().trailers_only("0");
  turn();
  EXPECT_EQ(finish(*none).status.code(), Code::unimplemented);
  const auto two = stream(kClientStream);
  turn();
  peer.last().headers();
  peer.last().message("1");
  peer.last().message("2");
  turn();
  EXPECT_EQ(finish(*two).status.code(), Code::unimplemented);
}

TEST_F(Streams, AServerStreamMayBeEmpty) {
  const auto call = stream(kServerStream);
  turn();
  peer.last().trailers_only("0");
  turn();
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_TRUE(finish(*call).status.ok());
}

TEST_F(Streams, FinishDiscardsWhatNobodyRead) {
  options.stream_window = 1000;
  const auto call = stream(kServerStream);
  turn();
  peer.last().headers();
  for (int i = 0; i < 10; ++i) peer.last().message(std::string(500, 'x'));
  peer.last().status("0");
  turn();
  const RawReply end = finish(*call);
  EXPECT_TRUE(end.status.ok());
  EXPECT_TRUE(end.message.empty());
  EXPECT_EQ(read(*call), "(end)");
}

TEST_F(Streams, FinishMayBeAskedAgain) {
  const auto call = stream(kServerStream);
  turn();
  peer.last().trailers_only("5", "gone");
  turn();
  EXPECT_EQ(finish(*call).status.code(), Code::not_found);
  EXPECT_EQ(finish(*call).status, Status(Code::not_found, "gone"));
}

TEST_F(Streams, HeadersComeBeforeTheFirstMessage) {
  const auto call = stream();
  Future<Metadata> headers = call->headers();
  turn();
  EXPECT_FALSE(headers.ready());
  peer.last().headers({{":status", "200"}, {"content-type", "application/grpc"}, {"shard", "7"}});
  turn();
  EXPECT_EQ(take(headers).get("shard"), "7");
  Future<Metadata> again = call->headers();
  EXPECT_EQ(take(again).get("shard"), "7");
}

TEST_F(Streams, WaitingForHeadersEndsWithTheCall) {
  const auto call = stream();
  Future<Metadata> headers = call->headers();
  turn();
  peer.last().trailers_only("5");
  turn();
  EXPECT_TRUE(take(headers).empty());
}

TEST_F(Streams, EverythingYieldsNothingWhenTheCallIsOver) {
  const auto call = stream();
  turn();
  Future<std::optional<Bytes>> pending = call->read();
  peer.last().trailers_only("5");
  turn();
  EXPECT_EQ(take(pending), std::nullopt);
  Future<bool> written = call->write(bytes("late"));
  EXPECT_FALSE(take(written));
  Future<bool> closed = call->close_writes();
  EXPECT_FALSE(take(closed));
  EXPECT_EQ(read(*call), "(end)");
}

TEST_F(Streams, AnEarlyEndStopsWritingWithoutAnError) {
  const auto call = stream();
  turn();
  peer.last().headers();
  peer.last().status("0");
  turn();
  EXPECT_TRUE(finish(*call).status.ok());
  turn();
  EXPECT_TRUE(peer.last().closed());
  EXPECT_EQ(peer.last().reset_code(), kNoError);
}

TEST_F(Streams, MessagesBeforeAFailureAreDelivered) {
  const auto call = stream(kServerStream);
  turn();
  peer.last().headers();
  peer.last().message("one");
  turn();
  peer.pipes.back()->cut("gone");
  turn();
  EXPECT_EQ(read(*call), "one");
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_EQ(finish(*call).status.code(), Code::unavailable);
}

TEST_F(Streams, CancelEndsTheCallHereAndThere) {
  const auto call = stream();
  turn();
  Future<std::optional<Bytes>> pending = call->read();
  call->cancel();
  EXPECT_EQ(take(pending), std::nullopt);
  turn();
  EXPECT_EQ(peer.last().reset_code(), kCancel);
  const RawReply end = finish(*call);
  EXPECT_EQ(end.status.code(), Code::cancelled);
  EXPECT_EQ(end.status.origin(), Origin::local);
}

TEST_F(Streams, DroppingTheStreamResetsIt) {
  Future<std::optional<Bytes>> pending;
  {
    const auto call = stream();
    turn();
    pending = call->read();
  }
  turn();
  EXPECT_EQ(peer.last().reset_code(), kCancel);
  EXPECT_EQ(take(pending), std::nullopt);
}

TEST_F(Streams, DroppingAStreamThatIsOverSaysNothing) {
  {
    const auto call = stream(kClientStream);
    Future<RawReply> reply = call->finish();
    turn();
    peer.last().answer("total");
    turn();
  }
  turn();
  EXPECT_EQ(peer.last().reset_code(), kNoError);
}

TEST_F(Streams, AReadThatIsGivenUpLosesNoMessage) {
  const auto call = stream(kServerStream);
  turn();
  { Future<std::optional<Bytes>> dropped = call->read(); }
  peer.last().headers();
  peer.last().message("one");
  turn();
  EXPECT_EQ(read(*call), "one");
}

TEST_F(Streams, AFinishThatIsGivenUpCanBeAskedAgain) {
  const auto call = stream(kClientStream);
  { Future<RawReply> dropped = call->finish(); }
  turn();
  peer.last().answer("total");
  turn();
  EXPECT_EQ(text(finish(*call).message), "total");
}

TEST_F(Streams, ASecondReadAtOnceYieldsNothingAndIsLogged) {
  const auto call = stream();
  turn();
  Future<std::optional<Bytes>> first = call->read();
  Future<std::optional<Bytes>> second = call->read();
  EXPECT_EQ(take(second), std::nullopt);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log[0], "two reads pending at once on one call of /test.Service/Both");
  peer.last().headers();
  peer.last().message("one");
  turn();
  EXPECT_EQ(text(*take(first)), "one") << "the first goes on";
}

TEST_F(Streams, MessagesOverTheSendLimitEndTheCall) {
  options.max_send_message = 3;
  const auto call = stream();
  turn();
  Future<bool> written = call->write(bytes("1234"));
  EXPECT_FALSE(take(written));
  EXPECT_EQ(finish(*call).status.code(), Code::resource_exhausted);
  turn();
  EXPECT_EQ(peer.last().reset_code(), kCancel);
}

TEST_F(Streams, MetadataThatMayNotBeSentGivesAStreamThatIsOver) {
  const auto call = stream(kBidi, Deadline::never(), {.metadata = {{"bad key", "x"}}});
  EXPECT_EQ(finish(*call).status.code(), Code::internal);
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_EQ(script->rounds, 0);
}

TEST_F(Streams, AStreamOutlivesItsChannel) {
  const auto call = stream();
  drop_channel();
  turn();
  peer.last().headers();
  peer.last().message("one");
  turn();
  EXPECT_EQ(read(*call), "one");
  EXPECT_TRUE(peer.lost.empty());
  call->cancel();
  turn();
  EXPECT_EQ(peer.lost.size(), 1u);
}

class Flow : public ClientTest {
 protected:
  static std::string kilobyte() { return std::string(1024 - 5, 'x'); }
};

TEST_F(Flow, AReaderThatDoesNotReadHoldsThePeer) {
  options.stream_window = 4 << 10;
  const auto call = stream(kServerStream);
  turn();
  PeerStream& down = peer.last();
  down.headers();
  for (int i = 0; i < 100; ++i) down.message(kilobyte());
  down.status("0");
  turn();
  for (int i = 0; i < 100; ++i) ASSERT_EQ(read(*call), kilobyte()) << i;
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_TRUE(finish(*call).status.ok());
}

TEST_F(Flow, NoMoreThanTheWindowIsTakenFromThePeerAheadOfTheReader) {
  options.stream_window = 4 << 10;
  const auto call = stream(kServerStream);
  turn();
  peer.last().headers();
  for (int i = 0; i < 100; ++i) peer.last().message(kilobyte());
  turn();
  EXPECT_EQ(peer.last().queued(), 96u << 10);
  for (int i = 0; i < 3; ++i) (void)read(*call);
  turn();
  EXPECT_GE(peer.last().queued(), 93u << 10);
}

TEST_F(Flow, OneReadIsEnoughForAMessageLargerThanTheWindow) {
  options.stream_window = 1000;
  const auto call = stream(kServerStream);
  turn();
  const std::string large(50'000, 'x');
  peer.last().headers();
  peer.last().message(large);
  turn();
  EXPECT_GT(peer.last().queued(), 40'000u) << "nobody reads yet";
  EXPECT_EQ(read(*call), large);
}

TEST_F(Flow, AWriterWaitsWhileThePeerDoesNotRead) {
  options.send_buffer = 10 << 10;
  const auto call = stream();
  turn();
  peer.last().reads = false;
  int written = 0;
  Future<bool> pending;
  while (true) {
    pending = call->write(bytes(kilobyte()));
    ++written;
    turn();
    if (!pending.ready()) break;
    ASSERT_LT(written, 2000);
  }
  EXPECT_GT(written, 10);
  Future<bool> second = call->write(bytes("too much"));
  EXPECT_FALSE(take(second)) << "one write may be pending";
  peer.last().take_back();
  turn();
  EXPECT_TRUE(take(pending));
}

TEST_F(Flow, AWriterThatWaitsIsToldOfTheEnd) {
  options.send_buffer = 1;
  peer.options.stream_window = 100;
  const auto call = stream();
  turn();
  peer.last().reads = false;
  Future<bool> pending = call->write(bytes(kilobyte()));
  turn();
  EXPECT_FALSE(pending.ready());
  peer.last().reset(kCancel);
  turn();
  EXPECT_FALSE(take(pending));
}

TEST_F(Flow, AWriterWaitsForAConnectionOnceTheBufferIsFull) {
  options.send_buffer = 2000;
  script->hold_resolving = true;
  const auto call = stream();
  Future<bool> first = call->write(bytes(kilobyte()));
  EXPECT_TRUE(take(first));
  Future<bool> second = call->write(bytes(kilobyte()));
  EXPECT_FALSE(second.ready());
}

TEST_F(Flow, WritesThatAreGivenUpAreSentAllTheSame) {
  options.send_buffer = 1;
  const auto call = stream();
  for (int i = 0; i < 5; ++i) {
    Future<bool> dropped = call->write(bytes("x"));
  }
  turn();
  EXPECT_EQ(peer.last().body().size(), 5 * framed("x").size());
}

}  // namespace
}  // namespace cpp_lite::client
