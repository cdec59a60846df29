// Peers that break rules: each costs one stream, or its own connection.
#include <random>

#include "against.h"

namespace cpp_lite::h2 {
namespace {

TEST_F(HostileClient, AMalformedRequestCostsOneStream) {
  const std::vector<Fields> malformed = {
      {{":method", "POST"}, {":scheme", "http"}, {":authority", "t"}},  // no :path
      {{":scheme", "http"}, {":path", "/"}, {":authority", "t"}},       // no :method
      {{":method", "POST"}, {"x", "y"}, {":scheme", "http"}, {":path", "/"}},
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {":status", "200"}},
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {"Upper", "case"}},
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {"connection", "close"}},
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {"te", "gzip"}},
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {"bad name", "x"}},
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {"name", "a\nb"}},
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/"}, {"", "x"}},
  };
  std::int32_t id = 1;
  for (const Fields& fields : malformed) {
    send(request(id, fields));
    EXPECT_EQ(reset_error(id), kProtocolError) << id;
    id += 2;
  }
  EXPECT_TRUE(owner.streams.empty());

  send(request(id, kGoodRequest));
  EXPECT_EQ(owner.streams.size(), 1u);
  EXPECT_FALSE(connection->closed());
}

TEST_F(HostileClient, ABodyThatContradictsItsLengthCostsOneStream) {
  Fields fields = kGoodRequest;
  fields.emplace_back("content-length", "3");
  send(request(1, fields, 0x4) + encode({kData, 0x1, 1, {'a', 'b', 'c', 'd'}}));
  EXPECT_EQ(owner.streams.at(1)->lines.back(), "close reset_by_us 1");
  EXPECT_EQ(reset_error(1), kProtocolError);
  EXPECT_FALSE(connection->closed());
}

TEST_F(HostileClient, ABrokenFrameCostsTheConnectionAndTellsEveryStream) {
  send(request(1, kGoodRequest, 0x4));
  send(encode({kData, 0, 0, {'x'}}));  // DATA on the connection itself
  EXPECT_EQ(owner.streams.at(1)->lines.back(),
            "close connection_lost: HTTP/2 PROTOCOL_ERROR: DATA: stream_id == 0");
  EXPECT_EQ(owner.lines, Lines{"closed: HTTP/2 PROTOCOL_ERROR: DATA: stream_id == 0"});
  EXPECT_EQ(goaway_error(), kProtocolError);
  EXPECT_EQ(peer->closed, "connection closed");
}

TEST_F(HostileClient, AFrameBeyondTheMaximumSizeIsRefusedByItsHeader) {
  send({0x01, 0x00, 0x00, kData, 0, 0, 0, 0, 1});
  EXPECT_EQ(goaway_error(), 0x6u);  // FRAME_SIZE_ERROR
  EXPECT_TRUE(connection->closed());
}

TEST_F(HostileClient, CompressionThatCannotBeUndoneCostsTheConnection) {
  send(encode({kHeaders, 0x5, 1, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}));
  EXPECT_EQ(goaway_error(), 0x9u);  // COMPRESSION_ERROR
  EXPECT_TRUE(connection->closed());
}

TEST_F(HostileClient, DataBeyondTheConnectionsWindowCostsTheConnection) {
  send(request(1, kGoodRequest, 0x4));
  owner.streams.at(1)->consumes = false;
  Bytes burst;
  for (int i = 0; i < 65; ++i) burst = std::move(burst) + encode({kData, 0, 1, Bytes(16'384)});
  send(burst);
  EXPECT_TRUE(connection->closed() || reset_error(1) == 0x3u);  // FLOW_CONTROL_ERROR
  EXPECT_LE(owner.streams.at(1)->body.size(), 1u << 20);
}

TEST_F(HostileClient, HeadersBeyondTheLimitArriveCutAndMarked) {
  Fields fields = kGoodRequest;
  for (int i = 0; i < 97; ++i) fields.emplace_back("n", "v");  // 101 fields in all
  send(request(1, fields));
  EXPECT_TRUE(owner.streams.at(1)->last_block.over_limit);
  EXPECT_EQ(owner.streams.at(1)->last_block.size(), 100u);

  fields.resize(100);
  send(request(3, fields));
  EXPECT_FALSE(owner.streams.at(3)->last_block.over_limit);
}

TEST_F(HostileClient, HeaderBytesAreCountedAsTheSettingSays) {
  Fields fields = kGoodRequest;
  std::size_t size = 0;
  for (const auto& [name, value] : fields) size += name.size() + value.size() + 32;
  while (size + 200 < 16'384) {
    fields.emplace_back("name", std::string(120, 'v'));
    size += 4 + 120 + 32;
  }
  fields.emplace_back("fit", std::string(16'384 - size - 3 - 32, 'v'));
  ASSERT_LE(fields.size(), 110u);
  ConnectionOptions options;
  options.max_header_fields = 200;
  Session session(Side::server, options);
  const auto blocks = [&](std::int32_t id) {
    session.feed(encode({kHeaders, 0x5, id, literals(fields)}));
    std::vector<Event> events;
    session.take_events(events);
    return events.at(events.size() - 1).block.over_limit;
  };
  const std::string magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  session.feed(Bytes(magic.begin(), magic.end()));
  session.feed(encode({kSettings, 0, 0, {}}));
  EXPECT_FALSE(blocks(1));
  fields.back().second += 'v';
  EXPECT_TRUE(blocks(3));
}

// One entry in the table, then hundreds of references to it (CVE-2016-6581's kind).
TEST_F(HostileClient, ABlockThatUnpacksToAMegabyteIsNotKept) {
  Bytes block = RawPeer::request_block() + Bytes{0x40, 1, 'n', 0x7f, 0xa1, 0x1e};  // 4000 bytes
  block = std::move(block) + Bytes(4000, 'v') + Bytes(250, 0xbe);
  send(encode({kHeaders, 0x5, 1, block}));
  EXPECT_TRUE(owner.streams.at(1)->last_block.over_limit);
  EXPECT_LT(owner.streams.at(1)->last_block.size(), 10u);

  send(request(3, kGoodRequest));  // and the compression is still in step
  EXPECT_EQ(owner.streams.size(), 2u);
}

// RFC 9113 5.1, 5.1.1.
TEST_F(HostileClient, HeadersOnAStreamThatItEndedCostTheConnection) {
  send(request(1, kGoodRequest, 0x4) + encode({kRstStream, 0, 1, big_endian(8)}));
  send(request(1, kGoodRequest));
  EXPECT_EQ(goaway_error(), 5u);  // STREAM_CLOSED
  EXPECT_TRUE(connection->closed());
}

TEST_F(HostileClient, ARequestOnAStreamThatWasPassedOverCostsTheConnection) {
  send(request(5, kGoodRequest));
  send(request(3, kGoodRequest));
  EXPECT_EQ(goaway_error(), 1u);  // PROTOCOL_ERROR
  EXPECT_EQ(owner.streams.size(), 1u);
}

TEST_F(HostileClient, AFrameThatCrossedAResetOfOursDoesNoHarm) {
  send(request(1, kGoodRequest, 0x4));
  owner.streams.at(1)->connection->reset(1, 8);
  loop->run_until_idle();
  send(encode({kData, 0, 1, {1}}) + request(3, kGoodRequest));
  EXPECT_EQ(goaway_error(), 0u);
  EXPECT_EQ(owner.streams.count(3), 1u);
}

// CVE-2024-27316's kind.
TEST_F(HostileClient, AnEndlessHeaderBlockCostsTheConnection) {
  send(encode({kHeaders, 0, 1, RawPeer::request_block()}));
  const Bytes more = encode({kContinuation, 0, 1, literals({{"name", "value"}})});
  for (int i = 0; i < 8; ++i) send(more);
  EXPECT_FALSE(connection->closed());
  send(more);
  EXPECT_EQ(connection->attack(), Attack::header_floods);
  EXPECT_EQ(owner.lines, Lines{"closed: HTTP/2: a header block that is too long"});
  EXPECT_EQ(goaway_error(), 0xbu);  // ENHANCE_YOUR_CALM
}

TEST_F(HostileClient, AHeaderBlockIsBoundedBeforeItIsDecoded) {
  Bytes fields;
  const Bytes field = literals({{"name", std::string(120, 'v')}});
  while (fields.size() + field.size() <= 16'384) fields = std::move(fields) + field;
  send(encode({kHeaders, 0, 1, RawPeer::request_block()}));
  for (int i = 0; i < 3; ++i) send(encode({kContinuation, 0, 1, fields}));
  EXPECT_FALSE(connection->closed());
  send(encode({kContinuation, 0, 1, fields}));
  EXPECT_TRUE(connection->closed());
}

TEST_F(HostileClient, AHeaderBlockInManyFramesAndSingleBytesIsNotHostile) {
  wire->from(1).chunk = 1;
  const Bytes block = RawPeer::request_block();
  Bytes frames = encode({kHeaders, 0x1, 1, {}});
  for (std::size_t i = 0; i < 8; ++i) {
    const std::size_t size = i < 7 ? 5 : block.size() - 35;
    const auto begin = block.begin() + static_cast<std::ptrdiff_t>(5 * i);
    frames =
        std::move(frames) + encode({kContinuation, static_cast<std::uint8_t>(i < 7 ? 0 : 0x4), 1,
                                    Bytes(begin, begin + static_cast<std::ptrdiff_t>(size))});
  }
  send(frames);
  EXPECT_EQ(owner.streams.size(), 1u);
}

TEST_F(HostileClient, StreamsBeyondTheLimitDoNotReachTheOwner) {
  for (std::int32_t id = 1; id <= 2 * 1001; id += 2) peer->send(request(id, kGoodRequest));
  loop->run_until_idle();
  EXPECT_EQ(owner.streams.size(), 1000u);
}

class HostileServer : public Against<ClientOwner, Side::client> {
 protected:
  std::shared_ptr<Recorder> call(const HeaderList& headers = kRequest) {
    auto recorder = std::make_shared<Recorder>();
    recorder->id = connection->open(headers, recorder);
    recorder->consumes = false;
    loop->run_until_idle();
    return recorder;
  }
  void greet() { send(encode({kSettings, 0, 0, {}})); }
};

TEST_F(HostileServer, AnHttp1AnswerIsNamed) {
  const std::string answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
  send(Bytes(answer.begin(), answer.end()));
  ASSERT_EQ(owner.lines.size(), 1u);
  EXPECT_TRUE(owner.lines[0].starts_with("closed: HTTP/2 ")) << owner.lines[0];
}

TEST_F(HostileServer, AMalformedResponseCostsOneStream) {
  greet();
  auto broken = call();
  auto whole = call();
  send(encode({kHeaders, 0x5, 1, literals({{":status", "20"}})}));
  EXPECT_EQ(broken->lines, Lines{"close reset_by_us 1"});
  send(encode({kHeaders, 0x5, 3, literals({{":status", "200"}})}));
  EXPECT_EQ(whole->lines.front(), "headers/end :status=200");
}

TEST_F(HostileServer, TrailersMustEndTheStream) {
  greet();
  auto recorder = call();
  send(encode({kHeaders, 0x4, 1, literals({{":status", "200"}})}) +
       encode({kHeaders, 0x4, 1, literals({{"grpc-status", "0"}})}));
  EXPECT_EQ(recorder->lines.back(), "close reset_by_us 1");
}

TEST_F(HostileServer, APushIsAnError) {
  greet();
  call();
  send(encode({kSettings, 0x1, 0, {}}));  // acknowledges ENABLE_PUSH 0
  send(encode({5, 0x4, 1, big_endian(2) + RawPeer::request_block()}));
  EXPECT_TRUE(connection->closed());
}

TEST_F(HostileServer, HeadersThatAreTooBigToSendEndTheirStreamAndAreNotCalledRefused) {
  greet();
  const std::string huge(17 << 20, 'v');
  HeaderList headers = kRequest;
  headers.push_back({"huge", huge});
  auto recorder = call(headers);
  EXPECT_EQ(recorder->lines, Lines{"close reset_by_us 2"});
  EXPECT_FALSE(connection->closed());
}

// Bytes of a good conversation, damaged: whatever happens, it ends.
TEST(Damage, RandomBytesEndInAnEventOrInSilence) {
  std::mt19937 random(12345);
  for (int round = 0; round < 3000; ++round) {
    const Side side = round % 2 == 0 ? Side::client : Side::server;
    Session session(side, {});
    Bytes bytes(random() % 200);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const std::string magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    if (side == Side::server) session.feed(Bytes(magic.begin(), magic.end()));
    session.feed(bytes);
    Output out;
    session.output(out, 1 << 20);
    EXPECT_FALSE(out.empty());
  }
}

TEST(Damage, AConversationWithOneFlippedBitDoesNoHarm) {
  ConnectionOptions options;
  Session client(Side::client, options);
  const std::int32_t id = client.request(kRequest);
  client.send_data(id, Bytes(100, 'x'), false);
  client.send_trailers(id, kTrailers);
  Output said;
  client.output(said, 1 << 20);
  const Bytes good = std::move(said).join();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1 << bit % 8));
    Session server(Side::server, options);
    server.feed(bad);
    std::vector<Event> events;
    server.take_events(events);
    for (const Event& event : events) {
      if (event.opens) server.respond(event.id, kResponse, true);
    }
    Output out;
    server.output(out, 1 << 20);
    EXPECT_FALSE(out.empty());
  }
}

}  // namespace
}  // namespace cpp_lite::h2
