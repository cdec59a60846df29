// Unary calls that go well, and what is on the wire then.
#include <string>

#include "fixture.h"

namespace cpp_lite::client {
namespace {

class Unary : public ClientTest {};

TEST_F(Unary, SendsOneMessageAndYieldsTheAnswer) {
  Future<RawReply> future = unary(Deadline::never(), {.metadata = {{"tenant", "acme"}}});
  turn();
  PeerStream& call = peer.last();
  EXPECT_EQ(call.header(":path"), "/test.Service/Unary");
  EXPECT_EQ(call.header(":authority"), "test.example");
  EXPECT_EQ(call.header(":method"), "POST");
  EXPECT_EQ(call.header(":scheme"), "http");
  EXPECT_EQ(call.header("te"), "trailers");
  EXPECT_EQ(call.header("content-type"), "application/grpc");
  EXPECT_EQ(call.header("user-agent"), "cpp-lite/0.1.0");
  EXPECT_EQ(call.header("grpc-accept-encoding"), "gzip");
  EXPECT_EQ(call.header("grpc-timeout"), "(none)");
  EXPECT_EQ(call.header("tenant"), "acme");
  EXPECT_EQ(call.body(), framed("ping"));
  EXPECT_TRUE(call.half_closed());
  EXPECT_FALSE(future.ready());

  call.headers({{":status", "200"}, {"content-type", "application/grpc"}, {"shard", "7"}});
  call.message("pong");
  call.trailers({{"grpc-status", "0"}, {"cost", "3"}});
  turn();
  const RawReply reply = take(future);
  EXPECT_TRUE(reply.status.ok()) << reply.status.to_string();
  EXPECT_EQ(text(reply.message), "pong");
  EXPECT_EQ(reply.headers.get("shard"), "7");
  EXPECT_EQ(reply.trailers.get("cost"), "3");
  EXPECT_EQ(reply.attempts, 1);
}

TEST_F(Unary, MetadataThatWouldNotBeSentFailsTheCall) {
  for (const char* name : {"user-agent", "grpc-timeout", "Host", ""}) {
    Future<RawReply> future =
        unary(Deadline::never(), {.metadata = {{"tenant", "acme"}, {name, "x"}}});
    ASSERT_TRUE(future.ready()) << name;
    const Status status = take(future).status;
    EXPECT_EQ(status.code(), Code::internal) << name;
    EXPECT_TRUE(status.message().starts_with("metadata cannot be sent: ")) << status.message();
  }
}

TEST_F(Unary, MetadataThatThePeerDoesNotTakeFailsTheCallAlone) {
  const Metadata big{{"big", std::string(20'000, 'x')}};
  Future<RawReply> future = unary(Deadline::never(), {.metadata = big});
  Future<RawReply> small = unary();
  turn();
  const Status status = take(future).status;
  EXPECT_EQ(status.code(), Code::resource_exhausted);
  EXPECT_EQ(status.origin(), Origin::local);
  EXPECT_TRUE(status.message().starts_with("metadata to send is larger than the peer takes: 2"))
      << status.message();
  ASSERT_EQ(peer.streams.size(), 1u);
  peer.last().answer("pong");
  turn();
  EXPECT_TRUE(take(small).status.ok());
}

TEST_F(Unary, CallsShareOneConnection) {
  Future<RawReply> first = unary();
  Future<RawReply> second = unary();
  turn();
  Future<RawReply> third = unary();
  turn();
  EXPECT_EQ(peer.connections.size(), 1u);
  ASSERT_EQ(peer.streams.size(), 3u);
  for (std::size_t i = 3; i-- > 0;) peer.stream(i).answer(std::to_string(i));
  turn();
  EXPECT_EQ(text(take(first).message), "0");
  EXPECT_EQ(text(take(second).message), "1");
  EXPECT_EQ(text(take(third).message), "2");
}

TEST_F(Unary, YieldsTheStatusOfThePeerWithoutAMessage) {
  const RawReply reply = answered([](PeerStream& call) {
    call.headers();
    call.message("half an answer");
    call.trailers({{"grpc-status", "5"}, {"grpc-message", "no %C3%A4pfel"}, {"why", "sold"}});
  });
  EXPECT_EQ(reply.status, Status(Code::not_found, "no \u00e4pfel"));
  EXPECT_EQ(reply.status.origin(), Origin::peer);
  EXPECT_TRUE(reply.message.empty());
  EXPECT_EQ(reply.trailers.get("why"), "sold");
  EXPECT_EQ(reply.attempts, 1);
}

TEST_F(Unary, TrailersOnlyResponsesKeepTheirMetadata) {
  const RawReply reply = answered([](PeerStream& call) {
    call.only_headers({{":status", "200"},
                       {"content-type", "application/grpc"},
                       {"grpc-status", "7"},
                       {"hint", "log in"}});
  });
  EXPECT_EQ(reply.status.code(), Code::permission_denied);
  EXPECT_EQ(reply.trailers.get("hint"), "log in");
}

TEST_F(Unary, InformationalHeadersAreSkipped) {
  const RawReply reply = answered([](PeerStream& call) {
    call.headers({{":status", "103"}, {"link", "x"}});
    call.answer("pong");
  });
  EXPECT_TRUE(reply.status.ok()) << reply.status.to_string();
  EXPECT_FALSE(reply.headers.contains("link"));
}

TEST_F(Unary, EmptyMessagesArrive) {
  const RawReply reply = answered([](PeerStream& call) { call.answer(""); });
  EXPECT_TRUE(reply.status.ok());
  EXPECT_TRUE(reply.message.empty());
}

TEST_F(Unary, MessagesLargerThanTheWindowArriveWhole) {
  options.stream_window = 1000;
  const std::string large(100'000, 'x');
  const RawReply reply = answered([&](PeerStream& call) { call.answer(large); });
  EXPECT_TRUE(reply.status.ok());
  EXPECT_EQ(text(reply.message), large);
}

TEST_F(Unary, CompressesRequestsWhenAskedAndOpensAnswers) {
  options.compression = Compression::gzip;
  const std::string large(10'000, 'x');
  Future<RawReply> future = unary(Deadline::never(), {}, large);
  turn();
  EXPECT_EQ(peer.last().header("grpc-encoding"), "gzip");
  EXPECT_EQ(peer.last().body().at(0), 1);
  EXPECT_LT(peer.last().body().size(), 1000u);

  wire::Gzip gzip;
  std::vector<std::uint8_t> zipped;
  const Bytes plain(large.begin(), large.end());
  ASSERT_TRUE(gzip.compress(plain, zipped).ok());
  peer.last().headers(
      {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-encoding", "gzip"}});
  peer.last().raw(framed({reinterpret_cast<const char*>(zipped.data()), zipped.size()}, true));
  peer.last().status("0");
  turn();
  EXPECT_EQ(text(take(future).message), large);
}

TEST_F(Unary, OneCallMayTurnCompressionOff) {
  options.compression = Compression::gzip;
  Future<RawReply> future = unary(Deadline::never(), {.compression = Compression::none});
  turn();
  EXPECT_EQ(peer.last().header("grpc-encoding"), "(none)");
  EXPECT_EQ(peer.last().body(), framed("ping"));
}

TEST_F(Unary, AuthorityAndUserAgentCanBeChosen) {
  options.user_agent = "shop/7";
  Future<RawReply> future = unary(Deadline::never(), {.authority = "other.example"});
  turn();
  EXPECT_EQ(peer.last().header(":authority"), "other.example");
  EXPECT_EQ(peer.last().header("user-agent"), "shop/7 cpp-lite/0.1.0");
}

TEST_F(Unary, MetadataThatMayNotBeSentFailsTheCallHere) {
  Future<RawReply> future = unary(Deadline::never(), {.metadata = {{"bad key", "x"}}});
  ASSERT_TRUE(future.ready());
  const RawReply reply = take(future);
  EXPECT_EQ(reply.status.code(), Code::internal);
  EXPECT_EQ(reply.attempts, 0);
  turn();
  EXPECT_EQ(script->rounds, 0) << "nobody needed a connection";
}

TEST_F(Unary, AuthorityThatIsNoneFailsTheCallHere) {
  Future<RawReply> future = unary(Deadline::never(), {.authority = "a\r\nb"});
  EXPECT_EQ(status_of(future).code(), Code::internal);
}

TEST_F(Unary, RequestsOverTheSendLimitAreNotSent) {
  options.max_send_message = 3;
  Future<RawReply> future = unary();
  EXPECT_EQ(status_of(future).code(), Code::resource_exhausted);
  Future<RawReply> larger = unary(Deadline::never(), {.max_send_message = 4});
  turn();
  EXPECT_EQ(peer.last().body(), framed("ping"));
}

TEST_F(Unary, AnswersOverTheReceiveLimitEndTheCall) {
  options.max_receive_message = 3;
  const RawReply reply = answered([](PeerStream& call) {
    call.headers();
    call.message("1234");
  });
  EXPECT_EQ(reply.status.code(), Code::resource_exhausted);
  EXPECT_EQ(reply.status.origin(), Origin::local);
  EXPECT_EQ(peer.last().reset_code(), kCancel);
  const RawReply roomy =
      answered([](PeerStream& call) { call.answer("1234"); }, {.max_receive_message = 4});
  EXPECT_TRUE(roomy.status.ok());
}

TEST_F(Unary, DroppingTheFutureResetsTheStream) {
  {
    Future<RawReply> future = unary();
    turn();
  }
  turn();
  EXPECT_TRUE(peer.last().closed());
  EXPECT_EQ(peer.last().reset_code(), kCancel);
}

TEST_F(Unary, DroppingTheFutureBeforeThereIsAConnectionSendsNothing) {
  { Future<RawReply> future = unary(); }
  turn();
  EXPECT_EQ(peer.asked, 0);
}

TEST_F(Unary, TheCallGoesOnWhenItsChannelIsDropped) {
  Future<RawReply> future = unary();
  drop_channel();
  turn();
  peer.last().answer("pong");
  turn();
  EXPECT_EQ(text(take(future).message), "pong");
  EXPECT_EQ(peer.lost.size(), 1u) << "and then the connection is closed";
}

TEST_F(Unary, ACallMayBeMadeFromInsideTheEndOfAnother) {
  Future<RawReply> second;
  Future<RawReply> first = unary();
  detail::when_ready(std::move(first), [&](Future<RawReply>) { second = unary(); });
  turn();
  peer.last().answer("one");
  turn();
  ASSERT_EQ(peer.streams.size(), 2u);
  peer.last().answer("two");
  turn();
  EXPECT_EQ(text(take(second).message), "two");
}

TEST_F(Unary, ConnectionsCloseAfterHalfAnHourWithoutCalls) {
  answered([](PeerStream& call) { call.answer("pong"); });
  EXPECT_TRUE(peer.lost.empty());
  loop->advance(60min);
  EXPECT_EQ(peer.lost.size(), 1u);
  answered([](PeerStream& call) { call.answer("pong"); });
  EXPECT_EQ(script->rounds, 2);
}

}  // namespace
}  // namespace cpp_lite::client
