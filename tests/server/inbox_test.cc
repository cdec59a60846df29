#include "server/inbox.h"

#include <gtest/gtest.h>

#include <string>

#include "served.h"

namespace cpp_lite::server {
namespace {

constexpr std::size_t kMiB = 1 << 20;

class InboxTest : public testing::Test {
 protected:
  InboxTest() { inbox.set_encoding(wire::Encoding::gzip); }
  static Bytes zipped(const Bytes& plain) {
    Bytes out;
    EXPECT_TRUE(wire::Gzip().compress(plain, out).ok());
    return framed(text(out), 1);
  }
  std::string take() {
    Bytes message;
    EXPECT_TRUE(inbox.take(message).ok());
    return text(message);
  }

  wire::Gunzip gunzip;
  Inbox inbox{kMiB, gunzip};
};

TEST_F(InboxTest, KnowsHowTheMessageCameThatWasTaken) {
  ASSERT_TRUE(inbox.feed(zipped(Bytes(100, 'a'))).ok());
  ASSERT_TRUE(inbox.feed(framed("plain")).ok());
  EXPECT_FALSE(inbox.took_compressed());
  EXPECT_EQ(take(), std::string(100, 'a'));
  EXPECT_TRUE(inbox.took_compressed());
  EXPECT_EQ(take(), "plain");
  EXPECT_FALSE(inbox.took_compressed());
}

TEST_F(InboxTest, KeepsCompressedMessagesAsTheyCameUntilTheyAreTaken) {
  const Bytes bomb = zipped(Bytes(kMiB));
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(inbox.feed(bomb).ok());
  EXPECT_EQ(inbox.received(), 200u);
  EXPECT_LE(inbox.memory(), 2 * 200 * bomb.size());
  EXPECT_LT(inbox.memory(), kMiB);
  Bytes message;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(inbox.take(message).ok());
    ASSERT_EQ(message.size(), kMiB);
  }
  EXPECT_TRUE(inbox.empty());
  EXPECT_EQ(inbox.take_credit(), 200 * bomb.size()) << "the window is of wire bytes";
}

TEST_F(InboxTest, GivesTheOnlyMessageWhereItLies) {
  const Bytes body = framed("plain");
  const auto message = inbox.only(body);
  ASSERT_TRUE(message.has_value());
  EXPECT_EQ(message->data(), body.data() + wire::kPrefixSize);
  EXPECT_TRUE(inbox.ended() && inbox.empty());
  EXPECT_EQ(inbox.received(), 1u);
  EXPECT_EQ(inbox.take_credit(), body.size());
}

TEST_F(InboxTest, GivesNoOnlyMessageOfABodyThatBeganBefore) {
  const Bytes body = framed("plain");
  ASSERT_TRUE(inbox.feed(std::span(body).first(3)).ok());
  EXPECT_EQ(inbox.only(body), std::nullopt);
  ASSERT_TRUE(inbox.feed(std::span(body).subspan(3)).ok());
  EXPECT_EQ(inbox.only(body), std::nullopt);
  EXPECT_EQ(take(), "plain");
}

TEST_F(InboxTest, KeepsTheOrderOfManyMessagesThatAreTakenLate) {
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(inbox.feed(framed(std::to_string(i))).ok());
  for (int i = 0; i < 200; ++i) ASSERT_EQ(take(), std::to_string(i));
  ASSERT_TRUE(inbox.feed(framed("300")).ok());
  for (int i = 200; i <= 300; ++i) ASSERT_EQ(take(), std::to_string(i));
  EXPECT_TRUE(inbox.empty());
}

TEST_F(InboxTest, FindsBadGzipWhenTheMessageIsTaken) {
  ASSERT_TRUE(inbox.feed(framed("plain")).ok());
  ASSERT_TRUE(inbox.feed(framed("no gzip", 1)).ok());
  EXPECT_EQ(take(), "plain");
  Bytes message;
  EXPECT_EQ(inbox.take(message).code(), Code::internal);
  EXPECT_TRUE(inbox.empty());
}

TEST_F(InboxTest, LimitsWhatComesOut) {
  ASSERT_TRUE(inbox.feed(zipped(Bytes(kMiB + 1))).ok());
  Bytes message;
  EXPECT_EQ(inbox.take(message).code(), Code::resource_exhausted);
}

TEST_F(InboxTest, RefusesTheCompressedFlagWithoutAnEncodingAtOnce) {
  inbox.set_encoding(wire::Encoding::identity);
  EXPECT_EQ(inbox.feed(framed("x", 1)).code(), Code::internal);
  EXPECT_TRUE(inbox.empty());
}

}  // namespace
}  // namespace cpp_lite::server
