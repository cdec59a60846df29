// Clients that attack: what each one is allowed, and that one more costs its connection.
#include "h2/abuse.h"

#include <chrono>

#include "against.h"

namespace cpp_lite::h2 {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kStreamClosed = 5, kCalm = 0xb;

class Attacker : public HostileClient {
 protected:
  void restart(const ConnectionOptions& other) {
    for (auto& [id, stream] : owner.streams) stream->connection.reset();
    owner.streams.clear();
    owner.lines.clear();
    connection.reset();
    options = other;
    wire = std::make_shared<Wire>(loop);
    peer = std::make_unique<RawPeer>(wire->end(1));
    SetUp();
  }
  void send_times(int times, const Bytes& bytes) {
    for (int i = 0; i < times && !connection->closed(); ++i) send(bytes);
  }
  Bytes reset(std::int32_t id, std::uint32_t error = kCancel) {
    return encode({kRstStream, 0, id, big_endian(error)});
  }
  Bytes window_update(std::int32_t id, std::uint32_t by) {
    return encode({kWindowUpdate, 0, id, big_endian(by)});
  }
  // The frames went through; one more of them does not.
  void expect_enough(const Bytes& one_more, Attack attack, std::uint32_t error = kCalm) {
    EXPECT_FALSE(connection->closed());
    send(one_more);
    EXPECT_TRUE(connection->closed());
    EXPECT_EQ(connection->attack(), attack);
    EXPECT_EQ(goaway_error(), error);
  }
  void expect_violation(const Bytes& frame, std::uint32_t error) {
    send(request(1, kGoodRequest, 0x4));
    expect_enough(frame, Attack::protocol_errors, error);
    restart(options);
  }
};

// B1, CVE-2023-44487.
TEST_F(Attacker, WhoTakesMostStreamsBackAtOnceIsCutAfterFiveHundred) {
  std::int32_t id = 1;
  for (; id < 2 * 499; id += 2) peer->send(request(id, kGoodRequest, 0x4) + reset(id));
  loop->run_until_idle();
  expect_enough(request(id, kGoodRequest, 0x4) + reset(id), Attack::rapid_resets);
  EXPECT_EQ(peer->frames(kGoaway).back().payload.size(), 8 + 27u);  // and says why
}

TEST_F(Attacker, ResetsInOneReadAreCutAtTheSamePlace) {
  Bytes burst;
  for (std::int32_t id = 1; id < 2000; id += 2) {
    burst = std::move(burst) + request(id, kGoodRequest, 0x4) + reset(id, 0);
  }
  wire->from(1).chunk = burst.size();
  send(burst);
  EXPECT_EQ(connection->attack(), Attack::rapid_resets);
  EXPECT_EQ(owner.streams.size(), 500u);
}

TEST_F(Attacker, WhatCameBeforeTheFrameThatCostsTheConnectionIsHeardHoweverItWasCut) {
  const Bytes priority_of_a_bad_size = encode({kPriority, 0, 1, Bytes(4)});
  for (const std::size_t piece : {4UL, 1000UL}) {
    wire->from(1).chunk = piece;
    send(request(1, kGoodRequest, 0x4) + priority_of_a_bad_size);
    EXPECT_EQ(connection->attack(), Attack::protocol_errors) << piece;
    EXPECT_EQ(owner.streams.size(), 1U) << piece;
    restart(options);
  }
}

TEST_F(Attacker, WhoDropsAllThatWasOpenAtOnceIsNotCutTheFirstTime) {
  const auto open_and_drop = [&](std::int32_t first) {
    Bytes opened, dropped;
    for (std::int32_t id = first; id < first + 2 * 900; id += 2) {
      opened = std::move(opened) + request(id, kGoodRequest, 0x4);
      dropped = std::move(dropped) + reset(id);
    }
    send(opened);
    send(dropped);
  };
  open_and_drop(1);
  EXPECT_FALSE(connection->closed());
  open_and_drop(1801);
  EXPECT_EQ(connection->attack(), Attack::rapid_resets);
}

TEST_F(Attacker, WhoTakesHalfOfTheStreamsBackIsNotCut) {
  owner.handler = [](Recorder& stream, const std::string& line) {
    if (line.starts_with("headers/end")) {
      stream.connection->send_headers(stream.id, kResponse, true);
    }
  };
  for (std::int32_t id = 1; id < 8000; id += 4) {
    send(request(id, kGoodRequest, 0x5));
    send(request(id + 2, kGoodRequest, 0x4) + reset(id + 2));
  }
  EXPECT_FALSE(connection->closed());
}

TEST_F(Attacker, WhoTakesStreamsBackLateIsNotCut) {
  owner.handler = [](Recorder& stream, const std::string&) { stream.early = false; };
  for (std::int32_t id = 1; id < 4000; id += 2) {
    peer->send(request(id, kGoodRequest, 0x4) + reset(id));
  }
  loop->run_until_idle();
  EXPECT_FALSE(connection->closed());
  EXPECT_EQ(connection->streams(), 0u);
}

TEST_F(Attacker, StreamsThatTheirOwnersResetCountForNobody) {
  owner.handler = [](Recorder& stream, const std::string& line) {
    if (line.starts_with("headers")) stream.connection->reset(stream.id, kCancel);
  };
  for (std::int32_t id = 1; id < 4000; id += 2) send(request(id, kGoodRequest, 0x4));
  EXPECT_FALSE(connection->closed());
}

// B7, CVE-2019-9514.
TEST_F(Attacker, MalformedRequestsCountLikeResets) {
  Fields bad = kGoodRequest;
  bad.emplace_back("connection", "close");
  std::int32_t id = 1;
  for (; id < 2 * 500 && !connection->closed(); id += 2) send(request(id, bad));
  send(request(id, bad));
  EXPECT_EQ(connection->attack(), Attack::rapid_resets);
  EXPECT_EQ(goaway_error(), kCalm);
}

// B2, CVE-2025-8671.
TEST_F(Attacker, EachWayToBeResetCostsTheConnection) {
  expect_violation(window_update(1, 0), kProtocolError);
  expect_violation(window_update(1, 0x7fffffff), 3);             // FLOW_CONTROL_ERROR
  expect_violation(encode({kPriority, 0, 1, {0, 0, 0, 0}}), 6);  // FRAME_SIZE_ERROR
  expect_violation(encode({kPriority, 0, 1, {0, 0, 0, 1, 16}}), kProtocolError);  // on itself
  const Bytes end = encode({kData, 0x1, 1, {1}});
  expect_violation(end + encode({kData, 0, 1, {1}}), kStreamClosed);
  expect_violation(end + request(1, kGoodRequest), kStreamClosed);
}

TEST_F(Attacker, DataOnAStreamThatIsOverCostsTheConnectionOfWhomEndedIt) {
  send(request(1, kGoodRequest, 0x4));
  send(reset(1));
  expect_enough(encode({kData, 0, 1, {1}}), Attack::protocol_errors, kStreamClosed);

  restart(options);
  send(request(1, kGoodRequest, 0x4));
  send(reset(1) + encode({kData, 0, 1, {1}}));
  EXPECT_EQ(goaway_error(), kStreamClosed);

  restart(options);
  send(request(1, kGoodRequest));
  owner.streams.at(1)->connection->send_headers(1, kResponse, true);
  loop->run_until_idle();
  wire->from(1).chunk = 1;
  send(encode({kData, 0, 1, {1}}));
  EXPECT_EQ(goaway_error(), kStreamClosed);
}

TEST_F(Attacker, DataThatCrossedOurResetIsDroppedWithinTheWindow) {
  options.abuse.glitches = 0;
  restart(options);
  send(request(1, kGoodRequest, 0x4));
  owner.streams.at(1)->connection->reset(1, kCancel);
  loop->run_until_idle();
  const Bytes frame = encode({kData, 0, 1, Bytes(16'384)});
  send_times(2 * 64, frame);  // of this stream, and as much for good will
  expect_enough(frame, Attack::glitch_floods);
}

TEST_F(Attacker, FramesThatMeanNothingAreCountedAndForgotten) {
  options.abuse.glitches = 100;
  options.abuse.glitches_per_second = 10;
  restart(options);
  const Bytes unknown = encode({0x77, 0, 0, {1}});
  const Bytes settings = encode({kSettings, 0, 0, {}});
  const Bytes stray = reset(1);
  send(request(1, kGoodRequest, 0x4) + stray);
  send_times(30, unknown + settings + stray);
  loop->advance(2s);
  send_times(30, unknown);
  expect_enough(unknown, Attack::glitch_floods);
}

// B4, CVE-2016-6581's kind: one entry in the table, and many references to it.
TEST_F(Attacker, BlocksThatUnpackToAMegabyteAreNotDecodedForLong) {
  Bytes block = RawPeer::request_block() + Bytes{0x40, 1, 'n', 0x7f, 0xa1, 0x1e};  // 4000 bytes
  block = std::move(block) + Bytes(4000, 'v') + Bytes(250, 0xbe);
  std::int32_t id = 1;
  for (; id < 2 * 40; id += 2) send(encode({kHeaders, 0x5, id, block}));
  EXPECT_TRUE(owner.streams.at(1)->last_block.over_limit);
  expect_enough(encode({kHeaders, 0x5, id, block}), Attack::glitch_floods);
}

TEST_F(Attacker, ABlockThatUnpacksToMegabytesIsNotDecodedToItsEnd) {
  Bytes block = RawPeer::request_block() + Bytes{0x40, 1, 'n', 0x7f, 0xa1, 0x1e};
  block = std::move(block) + Bytes(4000, 'v') + Bytes(300, 0xbe);
  expect_enough(encode({kHeaders, 0x5, 1, block}), Attack::header_floods);
}

// B5, CVE-2019-9512, CVE-2019-9515.
TEST_F(Attacker, WhoAsksForAcknowledgementsAndReadsNoneIsDropped) {
  for (const Bytes& frame : {encode({kSettings, 0, 0, {}}), encode({kPing, 0, 0, Bytes(8)})}) {
    restart(options);
    wire->from(0).stalled = true;
    send_times(1100, frame);
    EXPECT_EQ(connection->attack(), Attack::control_floods);
  }
}

TEST_F(Attacker, SettingsWithTooManyEntriesCostTheConnection) {
  const Bytes entry = {0, 3, 0, 0, 0, 100};
  Bytes entries;
  for (int i = 0; i < 32; ++i) entries = std::move(entries) + entry;
  send(encode({kSettings, 0, 0, entries}));
  expect_enough(encode({kSettings, 0, 0, entries + entry}), Attack::control_floods);
}

TEST_F(Attacker, WhoAsksAndReadsNoAnswerIsDropped) {
  options.abuse.reset_sample = 100'000;
  restart(options);
  owner.handler = [](Recorder& stream, const std::string& line) {
    if (line.starts_with("headers")) stream.connection->send_headers(stream.id, kResponse, false);
  };
  wire->from(0).stalled = true;
  for (std::int32_t id = 1; id < 30'000 && !connection->closed(); id += 2) {
    send(request(id, kGoodRequest, 0x4));
    send(reset(id));
  }
  EXPECT_EQ(owner.lines, Lines{"closed: HTTP/2: the peer asks for more than it reads"});
  EXPECT_EQ(connection->attack(), Attack::control_floods);
}

// B8, CVE-2019-9518.
TEST_F(Attacker, EmptyFramesOneAfterTheOtherCostTheConnection) {
  send(request(1, kGoodRequest, 0x4));
  const Bytes empty = encode({kData, 0, 1, {}});
  send_times(10, empty + encode({kData, 0, 1, {1}}));
  send(empty);
  expect_enough(empty, Attack::empty_frame_floods);

  restart(options);
  send(encode({kHeaders, 0, 1, {}}));
  expect_enough(encode({kContinuation, 0, 1, {}}), Attack::empty_frame_floods);
}

TEST_F(Attacker, AnEmptyFrameThatEndsAStreamIsNone) {
  for (std::int32_t id = 1; id < 40; id += 2) send(request(id, kGoodRequest, 0x4));
  for (std::int32_t id = 1; id < 40; id += 2) send(encode({kData, 0x1, id, {}}));
  EXPECT_FALSE(connection->closed());
}

// B10, CVE-2019-9513.
TEST_F(Attacker, PriorityIsIgnoredAHundredTimesForEachStream) {
  const Bytes frame = encode({kPriority, 0, 5, {0, 0, 0, 3, 16}});
  send_times(100, frame);
  send(request(1, kGoodRequest, 0x4));
  send_times(100, frame);
  expect_enough(frame, Attack::priority_floods);
}

// B11.
TEST_F(Attacker, WindowUpdatesAreTakenInProportionToWhatWeSend) {
  const Bytes frame = window_update(0, 1);
  send_times(5, frame);
  send(request(1, kGoodRequest, 0x4));
  send_times(2, frame);
  connection->send_headers(1, kResponse, false);
  connection->send_data(1, Bytes(10), false);
  loop->run_until_idle();
  send_times(20, frame);
  expect_enough(frame, Attack::window_update_floods);
}

TEST(FrameScanner, FindsTheSameFramesHoweverTheyAreCut) {
  Bytes bytes;
  for (int i = 0; i < 20; ++i) {
    bytes = std::move(bytes) + encode({static_cast<std::uint8_t>(i), 0x5, 2 * i + 1,
                                       Bytes(static_cast<std::size_t>(i * 7 % 13))});
  }
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    FrameScanner scanner;
    int found = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      auto rest = std::span<const std::uint8_t>(bytes).subspan(at).first(
          std::min(piece, bytes.size() - at));
      for (FrameHead head; scanner.next(rest, head); ++found) {
        EXPECT_EQ(head.type, found);
        EXPECT_EQ(head.id, 2 * found + 1);
        EXPECT_EQ(head.length, static_cast<std::uint32_t>(found * 7 % 13));
      }
      EXPECT_TRUE(rest.empty());
    }
    EXPECT_EQ(found, 20) << piece;
  }
}

}  // namespace
}  // namespace cpp_lite::h2
