// The cases of gRPC's own negative HTTP/2 tests (doc/http2-interop-test-descriptions.md), against a
// server that the test plays frame by frame: goaway, ping, max_streams, rst_after_header,
// rst_during_data, rst_after_data, data_frame_padding.
#include <deque>

#include "fixture.h"
#include "h2/raw_peer.h"

namespace cpp_lite::client {
namespace {

using h2::encode;
using h2::operator+;
using WireBytes = h2::Bytes;

constexpr std::uint8_t kEnd = 0x1, kAck = 0x1, kEndHeaders = 0x4, kPadded = 0x8;

// Each connection of the channel ends at a peer of its own.
class Negative : public ClientTest {
 protected:
  Negative() {
    script->connect = [this] {
      io::Pipe pipe = io::make_pipe(*loop);
      peers.emplace_back(std::move(pipe.server));
      peers.back().send(settings + encode({h2::kSettings, kAck, 0, {}}));
      return std::move(pipe.client);
    };
  }

  h2::RawPeer& last() { return peers.back(); }
  // The streams that were begun on the last connection.
  std::vector<std::int32_t> streams() {
    std::vector<std::int32_t> ids;
    for (const h2::Frame& frame : last().frames(h2::kHeaders)) ids.push_back(frame.id);
    return ids;
  }
  static WireBytes head(std::int32_t id) {
    return encode({h2::kHeaders, kEndHeaders, id,
                   h2::literals({{":status", "200"}, {"content-type", "application/grpc"}})});
  }
  static WireBytes message(std::string_view content) {
    const std::string all = framed(content);
    return {all.begin(), all.end()};
  }
  static WireBytes trailers(std::int32_t id) {
    return encode({h2::kHeaders, kEndHeaders | kEnd, id, h2::literals({{"grpc-status", "0"}})});
  }
  static WireBytes reset(std::int32_t id) {
    return encode({h2::kRstStream, 0, id, h2::big_endian(0)});
  }
  static WireBytes answer(std::int32_t id) {
    return head(id) + encode({h2::kData, 0, id, message("pong")}) + trailers(id);
  }
  void say(const WireBytes& bytes) {
    last().send(bytes);
    turn();
  }
  // How a call ends that is answered like this.
  Code code_after(WireBytes (*answer_to)(std::int32_t id)) {
    Future<RawReply> reply = unary();
    turn();
    say(answer_to(streams().back()));
    return status_of(reply).code();
  }

  std::deque<h2::RawPeer> peers;
  WireBytes settings = encode({h2::kSettings, 0, 0, {}});
};

TEST_F(Negative, AfterAGoawayTheNextCallHasANewConnection) {
  Future<RawReply> first = unary();
  turn();
  say(answer(1) + h2::goaway(1));
  EXPECT_TRUE(status_of(first).ok());
  Future<RawReply> second = unary();
  turn();
  ASSERT_EQ(peers.size(), 2u);
  say(answer(1));
  EXPECT_TRUE(status_of(second).ok());
}

TEST_F(Negative, EveryPingIsAnsweredWhereverItStands) {
  auto ping = [n = '0']() mutable {
    return encode({h2::kPing, 0, 0, WireBytes(8, static_cast<std::uint8_t>(n++))});
  };
  Future<RawReply> reply = unary();
  turn();
  WireBytes all = ping();
  for (const WireBytes& part :
       {head(1), ping(), encode({h2::kData, 0, 1, message("pong")}), ping(), trailers(1), ping()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  say(all);
  EXPECT_TRUE(status_of(reply).ok());
  const std::vector<h2::Frame> answers = last().frames(h2::kPing);
  ASSERT_EQ(answers.size(), 4u);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].flags, kAck);
    EXPECT_EQ(answers[i].payload, WireBytes(8, static_cast<std::uint8_t>('0' + i)));
  }
}

TEST_F(Negative, FifteenCallsSucceedWhereOneStreamIsAllowed) {
  settings = encode({h2::kSettings, 0, 0, WireBytes{0, 3} + h2::big_endian(1)});
  Future<RawReply> first = unary();
  turn();
  say(answer(1));
  EXPECT_TRUE(status_of(first).ok());
  std::vector<Future<RawReply>> calls;
  for (int i = 0; i < 15; ++i) calls.push_back(unary());
  turn();
  for (std::size_t done = 0; done < calls.size(); ++done) {
    ASSERT_EQ(streams().size(), 2 + done) << "one at a time";
    say(answer(streams().back()));
  }
  for (Future<RawReply>& call : calls) EXPECT_TRUE(status_of(call).ok());
  EXPECT_EQ(peers.size(), 1u);
}

TEST_F(Negative, AResetWithoutAnErrorAfterTheHeadersFailsTheCall) {
  EXPECT_EQ(code_after([](std::int32_t id) { return head(id) + reset(id); }), Code::internal);
}

TEST_F(Negative, AResetWithoutAnErrorDuringTheMessageFailsTheCall) {
  const auto half = [](std::int32_t id) {
    WireBytes begun = message("pong");
    begun.pop_back();
    return head(id) + encode({h2::kData, 0, id, begun}) + reset(id);
  };
  EXPECT_EQ(code_after(half), Code::internal);
}

TEST_F(Negative, AResetWithoutAnErrorAfterTheMessageFailsTheCall) {
  const auto whole = [](std::int32_t id) {
    return head(id) + encode({h2::kData, 0, id, message("pong")}) + reset(id);
  };
  EXPECT_EQ(code_after(whole), Code::internal);
}

// 5 bytes and 255 of padding in each frame: some 16 MB that count for the windows.
TEST_F(Negative, PaddingIsGivenBackToTheWindows) {
  constexpr std::size_t kContent = 314159, kPiece = 5;
  options.connection_window = options.stream_window = 1 << 20;
  Future<RawReply> reply = unary();
  turn();
  say(head(1));
  const WireBytes all = message(std::string(kContent, 'x'));
  std::uint64_t sent = 0;
  for (std::size_t at = 0; at < all.size(); at += kPiece) {
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(at);
    const auto to = all.begin() + static_cast<std::ptrdiff_t>(std::min(at + kPiece, all.size()));
    WireBytes padded{255};
    padded.insert(padded.end(), from, to);
    padded.resize(padded.size() + 255);
    sent += padded.size();
    last().send(encode({h2::kData, kPadded, 1, padded}));
    if (at % (100 * kPiece) == 0) turn();
  }
  turn();
  std::uint64_t stream = 0, connection = 0;
  for (const h2::Frame& frame : last().frames(h2::kWindowUpdate)) {
    const WireBytes& p = frame.payload;
    (frame.id == 0 ? connection : stream) +=
        static_cast<std::uint32_t>(p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]);
  }
  EXPECT_GT(stream + options.stream_window, sent);  // no more is owed than a window
  EXPECT_GT(connection + options.connection_window, sent);
  say(trailers(1));
  const RawReply got = take(reply);
  ASSERT_TRUE(got.status.ok()) << got.status.to_string();
  EXPECT_EQ(text(got.message), std::string(kContent, 'x'));
}

}  // namespace
}  // namespace cpp_lite::client
