#include "wire/frame.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace cpp_lite::wire {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Result = FrameReader::Result;

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  return bytes;
}

Bytes framed(const Bytes& message, bool compressed = false) {
  Bytes out;
  frame_into(out, compressed, message);
  return out;
}

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

// Feeds `input` in pieces of the given sizes (the last piece is the rest), collects the messages.
struct Feed {
  explicit Feed(std::size_t limit) : reader(limit) {}

  Feed& bytes(std::span<const std::uint8_t> input) {
    for (;;) {
      last = reader.next(input);
      if (last != Result::message) return *this;
      messages.push_back(reader.take());
    }
  }
  Feed& pieces(const Bytes& input, std::size_t size) {
    for (std::size_t at = 0; at < input.size(); at += size) {
      bytes(std::span(input).subspan(at, std::min(size, input.size() - at)));
    }
    return *this;
  }

  FrameReader reader;
  Result last = Result::need_more;
  std::vector<Bytes> messages;
};

TEST(Frame, IsAFlagALengthAndTheMessage) {
  EXPECT_EQ(framed({7, 8}), (Bytes{0, 0, 0, 0, 2, 7, 8}));
  EXPECT_EQ(framed({}, true), (Bytes{1, 0, 0, 0, 0}));
}

TEST(Frame, LengthIsBigEndian) {
  std::array<std::uint8_t, kPrefixSize> prefix{};
  write_prefix(prefix, false, 0x01020304);
  EXPECT_EQ(prefix, (std::array<std::uint8_t, 5>{0, 1, 2, 3, 4}));
  write_prefix(prefix, true, kMaxMessage);
  EXPECT_EQ(prefix, (std::array<std::uint8_t, 5>{1, 255, 255, 255, 255}));
}

TEST(Frame, IsSealedInPlace) {
  Bytes message(kPrefixSize, 0xcc);
  message.insert(message.end(), {7, 8, 9});
  seal_frame(message, true);
  EXPECT_EQ(message, framed({7, 8, 9}, true));
  Bytes empty(kPrefixSize, 0xcc);
  seal_frame(empty, false);
  EXPECT_EQ(empty, framed({}));
}

TEST(Frame, FollowsWhatIsInTheBuffer) {
  Bytes out = {42};
  frame_into(out, false, Bytes{1});
  EXPECT_EQ(out, (Bytes{42, 0, 0, 0, 0, 1, 1}));
}

TEST(CheckSendable, RefusesWhatIsOverTheLimitOrDoesNotFitThePrefix) {
  EXPECT_TRUE(check_sendable(10, 10).ok());
  EXPECT_EQ(check_sendable(11, 10).code(), Code::resource_exhausted);
  constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
  EXPECT_TRUE(check_sendable(kMaxMessage, kNoLimit).ok());
  EXPECT_EQ(check_sendable(kMaxMessage + 1, kNoLimit).code(), Code::resource_exhausted);
}

TEST(OnlyMessage, IsThatOfABodyOfExactlyOne) {
  const Bytes body = framed({1, 2, 3});
  const auto message = only_message(body, 3);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->data(), body.data() + kPrefixSize);
  EXPECT_EQ(message->size(), 3u);
  EXPECT_TRUE(only_message(framed({}), 0).has_value());
}

TEST(OnlyMessage, IsNothingWhereTheBodyIsSomethingElse) {
  const Bytes body = framed({1, 2, 3});
  EXPECT_EQ(only_message(std::span(body).first(7), 10), std::nullopt);
  EXPECT_EQ(only_message(std::span(body).first(4), 10), std::nullopt);
  EXPECT_EQ(only_message({}, 10), std::nullopt);
  EXPECT_EQ(only_message(joined({body, {0}}), 10), std::nullopt);
  EXPECT_EQ(only_message(joined({body, body}), 10), std::nullopt);
  EXPECT_EQ(only_message(framed({1}, true), 10), std::nullopt);
  EXPECT_EQ(only_message(body, 2), std::nullopt);
}

TEST(FrameReader, FindsEveryMessageAtEverySplitPoint) {
  const std::vector<Bytes> messages = {pattern(3), {}, pattern(1), pattern(300)};
  const Bytes input =
      joined({framed(messages[0]), framed({}), framed(messages[2], true), framed(messages[3])});
  for (std::size_t split = 0; split <= input.size(); ++split) {
    Feed feed(1000);
    feed.bytes(std::span(input).first(split)).bytes(std::span(input).subspan(split));
    EXPECT_EQ(feed.messages, messages) << "split at " << split;
    EXPECT_FALSE(feed.reader.truncated());
  }
}

TEST(FrameReader, FindsEveryMessageInPiecesOfEverySize) {
  const Bytes input = joined({framed(pattern(20)), framed({}), framed(pattern(7))});
  for (std::size_t size = 1; size <= input.size(); ++size) {
    Feed feed(1000);
    feed.pieces(input, size);
    EXPECT_EQ(feed.messages, (std::vector<Bytes>{pattern(20), {}, pattern(7)})) << size;
  }
}

TEST(FrameReader, ReadsMessagesOfAllLengths) {
  constexpr std::size_t kLimit = (1 << 23) + 7;
  for (const std::size_t base : {0u, 1u, 1u << 7, 1u << 14, 1u << 15, 1u << 23}) {
    for (const std::size_t size : {base, base + 1}) {
      const Bytes message = pattern(size);
      for (const std::size_t piece : {std::size_t{16384}, std::size_t{65535}, size + kPrefixSize}) {
        Feed feed(kLimit);
        feed.pieces(framed(message), piece);
        ASSERT_EQ(feed.messages.size(), 1u) << size;
        EXPECT_TRUE(feed.messages[0] == message) << size;
      }
    }
  }
}

TEST(FrameReader, TakesTheLimitAndRefusesOneByteMore) {
  Feed at(100);
  at.bytes(framed(pattern(100)));
  EXPECT_EQ(at.messages.size(), 1u);

  Feed over(100);
  over.bytes(framed(pattern(101)));
  EXPECT_EQ(over.last, Result::failed);
  EXPECT_EQ(over.reader.failure().code(), Code::resource_exhausted);
  EXPECT_NE(over.reader.failure().message().find("101 bytes, limit 100"), std::string::npos);
}

TEST(FrameReader, RefusesATooLongMessageByItsPrefixAlone) {
  Feed feed(4 << 20);
  feed.bytes(Bytes{0, 255, 255, 255, 255});
  EXPECT_EQ(feed.last, Result::failed);
}

TEST(FrameReader, RefusesOtherFlagsThanZeroAndOne) {
  for (const int flag : {2, 3, 0x80, 0xff}) {
    Feed feed(100);
    feed.bytes(Bytes{static_cast<std::uint8_t>(flag), 0, 0, 0, 0});
    EXPECT_EQ(feed.last, Result::failed);
    EXPECT_EQ(feed.reader.failure().code(), Code::internal);
  }
}

TEST(FrameReader, StaysFailedAndKeepsItsFirstReason) {
  Feed feed(1);
  feed.bytes(Bytes{9, 0, 0, 0, 0});
  feed.bytes(framed(pattern(2)));
  EXPECT_EQ(feed.last, Result::failed);
  EXPECT_EQ(feed.reader.failure().code(), Code::internal);
  EXPECT_TRUE(feed.messages.empty());
}

TEST(FrameReader, GivesTheMessagesBeforeABadOne) {
  Feed feed(100);
  feed.bytes(joined({framed(pattern(5)), {7, 0, 0, 0, 0}}));
  EXPECT_EQ(feed.messages, (std::vector<Bytes>{pattern(5)}));
  EXPECT_EQ(feed.last, Result::failed);
}

TEST(FrameReader, WaitsForTheLastByteOfALength) {
  Feed feed(100);
  feed.bytes(Bytes{0, 0, 0, 0});
  EXPECT_EQ(feed.last, Result::need_more);
  EXPECT_TRUE(feed.reader.truncated());
  feed.bytes(Bytes{0});
  EXPECT_EQ(feed.messages, (std::vector<Bytes>{{}}));
}

TEST(FrameReader, KnowsWhetherItStandsBetweenMessages) {
  const Bytes input = framed(pattern(3));
  for (std::size_t end = 0; end <= input.size(); ++end) {
    Feed feed(100);
    feed.bytes(std::span(input).first(end));
    EXPECT_EQ(feed.reader.truncated(), end != 0 && end != input.size()) << end;
  }
}

TEST(FrameReader, TellsTheCompressedFlagOfEachMessage) {
  const Bytes input = joined({framed({1}, true), framed({2})});
  std::span<const std::uint8_t> rest = input;
  FrameReader reader(10);
  ASSERT_EQ(reader.next(rest), Result::message);
  EXPECT_TRUE(reader.compressed());
  ASSERT_EQ(reader.next(rest), Result::message);
  EXPECT_FALSE(reader.compressed());
}

TEST(FrameReader, DoesNotCopyAMessageThatLiesInOneSpan) {
  const Bytes input = framed(pattern(50));
  std::span<const std::uint8_t> rest = input;
  FrameReader reader(100);
  ASSERT_EQ(reader.next(rest), Result::message);
  EXPECT_EQ(reader.bytes().data(), input.data() + kPrefixSize);
  EXPECT_TRUE(rest.empty());
}

TEST(FrameReader, DoesNotCopyAMessageWhosePrefixCameBefore) {
  const Bytes input = framed(pattern(50));
  std::span<const std::uint8_t> first(input.data(), 3);
  std::span<const std::uint8_t> second = std::span<const std::uint8_t>(input).subspan(3);
  FrameReader reader(100);
  ASSERT_EQ(reader.next(first), Result::need_more);
  ASSERT_EQ(reader.next(second), Result::message);
  EXPECT_EQ(reader.bytes().data(), input.data() + kPrefixSize);
}

TEST(FrameReader, HandsItsOwnBufferOver) {
  const Bytes input = framed(pattern(50));
  std::span<const std::uint8_t> first(input.data(), 20);
  std::span<const std::uint8_t> second = std::span<const std::uint8_t>(input).subspan(20);
  FrameReader reader(100);
  ASSERT_EQ(reader.next(first), Result::need_more);
  ASSERT_EQ(reader.next(second), Result::message);
  const std::uint8_t* const where = reader.bytes().data();
  const Bytes taken = reader.take();
  EXPECT_EQ(taken.data(), where);
  EXPECT_EQ(taken, pattern(50));
}

TEST(FrameReader, ConsumesNothingBehindTheMessage) {
  const Bytes input = joined({framed(pattern(2)), framed(pattern(9))});
  std::span<const std::uint8_t> rest = input;
  FrameReader reader(100);
  ASSERT_EQ(reader.next(rest), Result::message);
  EXPECT_EQ(rest.size(), kPrefixSize + 9);
}

TEST(FrameReader, IsFreshUntilTheFirstByte) {
  FrameReader reader(10);
  EXPECT_TRUE(reader.fresh());
  std::span<const std::uint8_t> none;
  reader.next(none);
  EXPECT_TRUE(reader.fresh());
  const Bytes flag = {0};
  std::span<const std::uint8_t> first(flag);
  reader.next(first);
  EXPECT_FALSE(reader.fresh());
}

TEST(FrameReader, IgnoresEmptyInput) {
  Feed feed(10);
  feed.bytes({});
  EXPECT_EQ(feed.last, Result::need_more);
  EXPECT_FALSE(feed.reader.truncated());
}

TEST(FrameReader, GrowsItsBufferForALongMessage) {
  const Bytes message = pattern(9 << 20);
  Feed feed(message.size());
  feed.pieces(framed(message), 16384);
  ASSERT_EQ(feed.messages.size(), 1u);
  EXPECT_TRUE(feed.messages[0] == message);
  EXPECT_EQ(feed.messages[0].capacity(), message.size());
}

}  // namespace
}  // namespace cpp_lite::wire
