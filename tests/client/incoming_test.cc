#include "client/incoming.h"

#include <gtest/gtest.h>

#include <string>

#include "client/outgoing.h"
#include "peer.h"

namespace cpp_lite::client {
namespace {

class IncomingTest : public ::testing::Test {
 protected:
  Status feed(std::string_view bytes) {
    return incoming.feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  }
  std::string zipped(std::size_t size) {
    std::vector<std::uint8_t> out;
    EXPECT_TRUE(gzip.compress(std::vector<std::uint8_t>(size, 'x'), out).ok());
    return framed({reinterpret_cast<const char*>(out.data()), out.size()}, true);
  }
  Code open() { return incoming.open(gunzip).code(); }
  std::string pop() {
    const Bytes message = incoming.pop();
    return {message.begin(), message.end()};
  }

  wire::Gzip gzip;
  wire::Gunzip gunzip;
  Incoming incoming{100};
};

TEST_F(IncomingTest, GivesMessagesInOrderWhereverTheBytesAreCut) {
  const std::string body = framed("one") + framed("") + framed("three");
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    ASSERT_TRUE(feed(body.substr(0, cut)).ok());
    ASSERT_TRUE(feed(body.substr(cut)).ok());
    ASSERT_EQ(incoming.received(), 3 * (cut + 1));
    EXPECT_EQ(pop(), "one");
    EXPECT_EQ(pop(), "");
    EXPECT_EQ(pop(), "three");
    EXPECT_TRUE(incoming.empty());
  }
}

TEST_F(IncomingTest, PaysForAMessageWhenItIsTaken) {
  ASSERT_TRUE(feed(framed("12345") + framed("1")).ok());
  EXPECT_EQ(incoming.take_credit(false), 0u);
  (void)pop();
  EXPECT_EQ(incoming.take_credit(false), 10u);
  EXPECT_EQ(incoming.take_credit(false), 0u);
  (void)pop();
  EXPECT_EQ(incoming.take_credit(false), 6u);
}

TEST_F(IncomingTest, PaysForAnUnfinishedMessageOnlyToTheHungryAndOnlyOnce) {
  ASSERT_TRUE(feed(framed("12345").substr(0, 7)).ok());
  EXPECT_EQ(incoming.take_credit(false), 0u);
  EXPECT_EQ(incoming.take_credit(true), 7u);
  ASSERT_TRUE(feed(framed("12345").substr(7)).ok());
  EXPECT_EQ(incoming.take_credit(true), 0u);
  (void)pop();
  EXPECT_EQ(incoming.take_credit(false), 3u);
}

TEST_F(IncomingTest, GivesBackAMessageThatNobodyTook) {
  ASSERT_TRUE(feed(framed("one") + framed("two")).ok());
  incoming.put_back(incoming.pop());
  EXPECT_EQ(pop(), "one");
  EXPECT_EQ(pop(), "two");
  incoming.put_back({'3'});
  EXPECT_EQ(pop(), "3");
  EXPECT_EQ(incoming.take_credit(false), 16u) << "each byte is paid for once";
}

TEST_F(IncomingTest, KeepsItsMemoryBoundedUnderAReaderThatLagsByOne) {
  ASSERT_TRUE(feed(framed("0")).ok());
  for (int i = 1; i < 1000; ++i) {
    ASSERT_TRUE(feed(framed(std::to_string(i))).ok());
    ASSERT_EQ(pop(), std::to_string(i - 1));
  }
}

TEST_F(IncomingTest, RefusesMoreThanTheLimit) {
  EXPECT_TRUE(feed(framed(std::string(100, 'x'))).ok());
  EXPECT_EQ(feed(framed(std::string(101, 'x'))).code(), Code::resource_exhausted);
}

TEST_F(IncomingTest, OpensWhatIsCompressedAndLimitsWhatComesOut) {
  incoming.set_encoding(wire::Encoding::gzip);
  ASSERT_TRUE(feed(zipped(100) + zipped(101)).ok());
  EXPECT_EQ(open(), Code::ok);
  EXPECT_EQ(open(), Code::ok) << "it is open already";
  EXPECT_EQ(pop(), std::string(100, 'x'));
  EXPECT_EQ(open(), Code::resource_exhausted);
}

TEST_F(IncomingTest, KeepsCompressedMessagesAsTheyCameUntilTheyAreTaken) {
  constexpr std::size_t kMiB = 1 << 20;
  Incoming many(kMiB);
  many.set_encoding(wire::Encoding::gzip);
  const std::string bomb = zipped(kMiB);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(many.feed({reinterpret_cast<const std::uint8_t*>(bomb.data()), bomb.size()}).ok());
  }
  EXPECT_LT(many.memory(), kMiB);
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(many.open(gunzip).ok());
    ASSERT_EQ(many.pop().size(), kMiB);
  }
}

TEST_F(IncomingTest, RefusesTheCompressedFlagWithoutAnEncoding) {
  EXPECT_EQ(feed(framed("x", true)).code(), Code::internal);
}

TEST_F(IncomingTest, KnowsThatAMessageIsCutShort) {
  EXPECT_FALSE(incoming.truncated());
  ASSERT_TRUE(feed(framed("12345").substr(0, 9)).ok());
  EXPECT_TRUE(incoming.truncated());
}

std::vector<Bytes> started(Outgoing& outgoing) {
  std::vector<Bytes> all;
  outgoing.start([&](const h2::Body& message, bool) {
    all.emplace_back(message.bytes().begin(), message.bytes().end());
  });
  return all;
}

constexpr std::size_t kPerCall = 1000;
constexpr std::size_t kPerChannel = 1500;

TEST(Outgoing, KeepsWhatItStartedWithForASecondTime) {
  ReplayMemory memory(kPerCall, kPerChannel);
  Outgoing outgoing(memory);
  outgoing.add(Bytes{1});
  outgoing.add(Bytes{2});
  EXPECT_EQ(outgoing.size(), 2u);
  EXPECT_EQ(started(outgoing), (std::vector<Bytes>{{1}, {2}}));
  outgoing.sent(Bytes{3});
  EXPECT_TRUE(outgoing.replayable());
  EXPECT_EQ(started(outgoing), (std::vector<Bytes>{{1}, {2}, {3}}));
}

TEST(Outgoing, GivesUpSendingAgainBeyondTheReplayLimit) {
  ReplayMemory memory(kPerCall, kPerChannel);
  Outgoing outgoing(memory);
  outgoing.add(Bytes(kPerCall));
  EXPECT_EQ(started(outgoing).size(), 1u);
  EXPECT_TRUE(outgoing.replayable());
  outgoing.sent(Bytes{1});
  EXPECT_FALSE(outgoing.replayable());
  EXPECT_EQ(outgoing.size(), 0u);
}

TEST(Outgoing, EndsWithTheLastMessageOrWithoutAny) {
  std::vector<bool> lasts;
  const auto note = [&](const h2::Body&, bool last) { lasts.push_back(last); };
  ReplayMemory memory(kPerCall, kPerChannel);
  Outgoing outgoing(memory);
  outgoing.start(note);
  EXPECT_TRUE(lasts.empty()) << "there is nothing to say yet";
  outgoing.close();
  outgoing.start(note);
  EXPECT_EQ(lasts, std::vector<bool>{true});
  Outgoing two(memory);
  two.add(Bytes{1});
  two.add(Bytes{2});
  two.close();
  two.start(note);
  EXPECT_EQ(lasts, (std::vector<bool>{true, false, true}));
}

// Where the bytes of the first message are when it is sent.
const std::uint8_t* sent_from(Outgoing& outgoing) {
  const std::uint8_t* where = nullptr;
  outgoing.start([&](const h2::Body& message, bool) { where = message.bytes().data(); });
  return where;
}

TEST(Outgoing, CopiesNeitherWhatIsTooLargeToBeSentAgainNorWhatIsLargeAndKept) {
  for (const std::size_t replayable : {0u, 1u}) {
    ReplayMemory memory(2000 + replayable, 5000);
    Outgoing outgoing(memory);
    Bytes large(2001);
    const std::uint8_t* const where = large.data();
    outgoing.add(std::move(large));
    EXPECT_EQ(sent_from(outgoing), where);
    EXPECT_EQ(outgoing.replayable(), replayable == 1);
  }
}

TEST(Outgoing, SharesTheMemoryOfItsChannel) {
  ReplayMemory memory(kPerCall, kPerChannel);
  Outgoing one(memory), two(memory);
  one.add(Bytes(kPerCall));
  two.add(Bytes(kPerCall));
  started(one);
  started(two);
  EXPECT_TRUE(one.replayable());
  EXPECT_FALSE(two.replayable());
  one.commit();
  Outgoing three(memory);
  three.add(Bytes(kPerCall));
  started(three);
  EXPECT_TRUE(three.replayable());
}

TEST(Outgoing, AttemptsSideBySideSendTheSameBytesAndPayOnce) {
  constexpr std::size_t kSize = 100'000;
  ReplayMemory memory(kSize, kSize);
  auto charge = std::make_shared<ReplayCharge>(memory);
  h2::Body request(Bytes(kSize, 'x'));
  const std::uint8_t* const where = request.share().bytes().data();
  Outgoing one(memory, charge), another(memory, std::exchange(charge, nullptr));
  for (Outgoing* attempt : {&one, &another}) {
    attempt->add(request.share());
    attempt->close();
    for (int times = 0; times < 2; ++times) {  // for the second it is kept
      attempt->start([&](h2::Body sent, bool) { EXPECT_EQ(sent.bytes().data(), where); });
      EXPECT_TRUE(attempt->replayable());
    }
  }
  one.commit();
  EXPECT_FALSE(memory.take(1)) << "the other one may still need it";
  another.commit();
  EXPECT_TRUE(memory.take(kSize));
}

}  // namespace
}  // namespace cpp_lite::client
