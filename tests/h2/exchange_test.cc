// Requests and responses between two connections, in pieces of every size.
#include "peers.h"

namespace cpp_lite::h2 {
namespace {

class Exchange : public Peers {};

class InPieces : public Peers, public testing::WithParamInterface<std::size_t> {
 protected:
  void SetUp() override {
    Peers::SetUp();
    wire->from(0).chunk = wire->from(1).chunk = GetParam();
    serve_echo();
  }
};

INSTANTIATE_TEST_SUITE_P(Sizes, InPieces, testing::Values(1, 7, 64, kAll));

TEST_P(InPieces, ACallGoesThereAndBack) {
  auto echo = call();
  client->send_data(echo->id, to_bytes("hello"), true);
  loop->run_until_idle();

  EXPECT_EQ(echo->lines,
            (Lines{"headers :status=200", "data", "headers/end grpc-status=0", "close finished"}));
  EXPECT_EQ(echo->body, "hello");
  EXPECT_EQ(served(echo->id).lines, (Lines{kRequestLine, "data", "end", "close finished"}));
  EXPECT_EQ(client->streams(), 0u);
  EXPECT_EQ(server->streams(), 0u);
}

TEST_P(InPieces, ABodyBiggerThanAllWindowsArrivesWhole) {
  connect({.stream_window = 3000, .connection_window = 70'000},
          {.stream_window = 5000, .connection_window = 66'000});
  wire->from(0).chunk = wire->from(1).chunk = GetParam();
  serve_echo();
  std::string body(100'003, 'x');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 % 251);
  auto echo = call();
  client->send_data(echo->id, to_bytes(body), true);
  loop->run_until_idle();

  EXPECT_TRUE(echo->closed);
  EXPECT_TRUE(echo->body == body);
}

TEST_P(InPieces, ManyCallsAtOnceDoNotMixTheirBodies) {
  for (int i = 0; i < 50; ++i) {
    client->send_data(call()->id, to_bytes("body " + std::to_string(i)), true);
  }
  loop->run_until_idle();
  for (std::size_t i = 0; i < calls.size(); ++i) {
    EXPECT_EQ(calls[i]->body, "body " + std::to_string(i));
    EXPECT_EQ(calls[i]->lines.back(), "close finished");
  }
}

TEST_F(Exchange, NineHundredStreamsAreOpenAtOnce) {
  for (int i = 0; i < 900; ++i) call();
  loop->run_until_idle();
  EXPECT_EQ(server->streams(), 900u);

  serve_echo();
  for (auto& [id, stream] : server_owner.streams) stream->hook = server_owner.handler;
  for (auto& open : calls) client->send_data(open->id, to_bytes("x"), true);
  loop->run_until_idle();
  EXPECT_EQ(client->streams(), 0u);
  for (auto& open : calls) EXPECT_EQ(open->body, "x");
}

TEST_F(Exchange, OneWriteCarriesAllThatATurnSends) {
  serve_echo();
  const std::size_t before = wire->from(0).writes;
  const std::size_t answered_before = wire->from(1).writes;
  for (int i = 0; i < 100; ++i) client->send_data(call()->id, to_bytes("x"), true);
  loop->run_until_idle();
  EXPECT_EQ(wire->from(0).writes - before, 1u);
  EXPECT_EQ(wire->from(1).writes - answered_before, 1u);
}

TEST_F(Exchange, AHeaderListOverTheUsualSizeArrivesWhereTheLimitAllowsIt) {
  hang_up();
  ConnectionOptions options;
  options.max_header_list = 1 << 20;
  connect(options, options);
  EXPECT_EQ(client->longest_list(), 1u << 20);
  std::vector<std::string> values(70, std::string(10'000, '\x80'));  // which Huffman makes longer
  const auto with_values = [&](HeaderList headers) {
    for (const std::string& value : values) headers.push_back({"x-large", value});
    return headers;
  };
  auto recorder = call(with_values(kRequest));
  loop->run_until_idle();
  EXPECT_FALSE(served(1).last_block.over_limit);
  EXPECT_EQ(served(1).last_block.size(), kRequest.size() + values.size());

  server->send_headers(1, with_values(kResponse), true);
  loop->run_until_idle();
  EXPECT_EQ(recorder->last_block.size(), kResponse.size() + values.size());
}

TEST_F(Exchange, KnowsWhatThePeerTakes) {
  EXPECT_EQ(client->longest_list(), 16u << 10);
  EXPECT_EQ(server->longest_list(), 16u << 10);
}

TEST_F(Exchange, AResponseOfTrailersAlone) {
  server_owner.handler = [](Recorder& stream, const std::string& line) {
    if (line == "end") {
      stream.connection->send_headers(stream.id, {{":status", "200"}, {"grpc-status", "5"}}, true);
    }
  };
  auto recorder = call();
  client->send_data(recorder->id, {}, true);
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines, (Lines{"headers/end :status=200 grpc-status=5", "close finished"}));
}

TEST_F(Exchange, InformationalHeadersComeBeforeTheResponse) {
  serve_echo();
  server_owner.handler = [echo = server_owner.handler](Recorder& stream, const std::string& line) {
    if (line == "end") stream.connection->send_headers(stream.id, {{":status", "103"}}, false);
    echo(stream, line);
  };
  auto recorder = call();
  client->send_data(recorder->id, {}, true);
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines, (Lines{"headers :status=103", "headers :status=200",
                                    "headers/end grpc-status=0", "close finished"}));
}

TEST_F(Exchange, StatusEightHundredIsAResponseLikeAnyOther) {
  server_owner.handler = [](Recorder& stream, const std::string& line) {
    if (line == "end") stream.connection->send_headers(stream.id, {{":status", "800"}}, true);
  };
  auto recorder = call();
  client->send_data(recorder->id, {}, true);
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines.front(), "headers/end :status=800");
}

TEST_F(Exchange, AnyVerbReachesTheServer) {
  call({{":method", "DELETE"}, {":scheme", "http"}, {":path", "/"}, {":authority", "a"}});
  loop->run_until_idle();
  EXPECT_EQ(served(1).lines.front(), "headers :method=DELETE :scheme=http :path=/ :authority=a");
}

TEST_F(Exchange, TrailersFollowAllDataEvenWhenTheyAreQueuedLate) {
  auto recorder = call();
  loop->run_until_idle();
  Recorder& stream = served(recorder->id);
  server->send_headers(stream.id, kResponse, false);
  loop->run_until_idle();
  server->send_data(stream.id, to_bytes("a"), false);
  loop->run_until_idle();
  server->send_trailers(stream.id, kTrailers);
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines[0], "headers :status=200");
  EXPECT_EQ(recorder->lines[1], "data");
  EXPECT_EQ(recorder->lines[2], "headers/end grpc-status=0");
}

TEST_F(Exchange, AnEarlyResponseCallsOffTheRestOfTheRequest) {
  auto recorder = call();
  client->send_data(recorder->id, to_bytes("more to come"), false);
  loop->run_until_idle();
  server->send_headers(recorder->id, kResponse, false);
  server->send_trailers(recorder->id, kTrailers);
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines.back(), "close finished");
  EXPECT_EQ(served(1).lines.back(), "close finished");
  EXPECT_EQ(client->streams() + server->streams(), 0u);
}

TEST_F(Exchange, ManySmallMessagesShareDataFrames) {
  auto recorder = call();
  loop->run_until_idle();
  const std::size_t before = wire->from(0).bytes;
  for (int i = 0; i < 1000; ++i) client->send_data(recorder->id, to_bytes("0123456789"), false);
  loop->run_until_idle();
  EXPECT_EQ(served(1).body.size(), 10'000u);
  EXPECT_EQ(wire->from(0).bytes - before, 10'000u + 9);
}

TEST_F(Exchange, OrdersForUnknownStreamsDoNothing) {
  for (Connection* connection : {client.get(), server.get()}) {
    connection->send_headers(77, kResponse, true);
    connection->send_data(77, to_bytes("x"), true);
    connection->send_trailers(77, kTrailers);
    connection->consume(77, 1000);
    connection->reset(77, kCancel);
    connection->consume(0, 1000);
    EXPECT_EQ(connection->queued(77), 0u);
  }
  loop->run_until_idle();
  EXPECT_FALSE(client->closed() || server->closed());
}

TEST_F(Exchange, ASecretFieldStaysSecret) {
  HeaderList headers = kRequest;
  headers.push_back({"authorization", "token", true});
  call(headers);
  loop->run_until_idle();
  const HeaderBlock& block = served(1).last_block;
  EXPECT_EQ(block.get("authorization"), "token");
  EXPECT_FALSE(block.never_index(3));
  EXPECT_TRUE(block.never_index(4));
}

TEST_F(Exchange, AValueMayBeginAndEndWithSpaces) {
  HeaderList headers = kRequest;
  headers.push_back({"note", " spaced "});
  call(headers);
  loop->run_until_idle();
  EXPECT_EQ(served(1).last_block.get("note"), " spaced ");
}

}  // namespace
}  // namespace cpp_lite::h2
