#include "wire/message_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace cpp_lite::wire {
namespace {

using Octets = std::vector<std::uint8_t>;

constexpr std::size_t kMost = 40'000;  // a message

Octets message_of(std::size_t size, std::size_t number) {
  Octets bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(number + 7 * i);
  return bytes;
}

// A body, and what it is made of.
struct Script {
  void add(Octets message, bool compressed = false) {
    frame_into(body, compressed, message);
    messages.emplace_back(std::move(message), compressed);
  }
  Octets body;
  std::vector<std::pair<Octets, bool>> messages;
};

Script script_of(std::initializer_list<std::size_t> sizes) {
  Script script;
  for (const std::size_t size : sizes) {
    const std::size_t number = script.messages.size();
    script.add(message_of(size, number), number % 3 == 2);
  }
  return script;
}

// Takes messages and compares them with the script.
class Taker {
 public:
  Taker(MessageQueue& queue, const Script& script) : queue_(queue), script_(script) {}

  // Where they lie, or their bytes, in turn.
  void take(std::size_t most) {
    for (; most > 0 && !queue_.empty(); --most) {
      const auto& [expected, compressed] = script_.messages.at(taken_++);
      const MessageQueue::Message front = queue_.front();
      ASSERT_EQ(front.compressed, compressed);
      ASSERT_TRUE(std::ranges::equal(front.bytes, expected)) << taken_;
      if (taken_ % 2 == 0) {
        ASSERT_EQ(queue_.take(), expected);
      } else {
        queue_.drop();
      }
    }
  }
  std::size_t taken() const { return taken_; }

 private:
  MessageQueue& queue_;
  const Script& script_;
  std::size_t taken_ = 0;
};

// Lends `body` in parts, takes some before they are settled and some afterwards, and has the
// borrowed bytes end.
template <typename NextSize, typename NextTake>
void pass(const Script& script, NextSize next_size, NextTake next_take) {
  MessageQueue queue(kMost);
  queue.set_encoding(Encoding::gzip);
  Taker taker(queue, script);
  for (std::size_t at = 0; at < script.body.size();) {
    const std::size_t size = std::min(next_size(), script.body.size() - at);
    const auto first = script.body.begin() + static_cast<std::ptrdiff_t>(at);
    Octets part(first, first + static_cast<std::ptrdiff_t>(size));
    ASSERT_TRUE(queue.lend(part).ok());
    taker.take(next_take());
    queue.settle();
    std::ranges::fill(part, std::uint8_t{0xee});
    taker.take(next_take());
    at += size;
  }
  EXPECT_FALSE(queue.truncated());
  taker.take(script.messages.size());
  EXPECT_EQ(taker.taken(), script.messages.size());
  EXPECT_EQ(queue.added(), script.messages.size());
  EXPECT_TRUE(queue.empty());
}

TEST(MessageQueue, GivesTheSameMessagesWhereverABodyIsCutInTwo) {
  const Script script = script_of({0, 1, 127, 128, 5, 0, 0, 300, 1500, 2, 2, 1025, 1024});
  for (std::size_t cut = 1; cut < script.body.size(); ++cut) {
    for (const std::size_t take : {0U, 1U, 3U, 100U}) {
      bool first = true;
      pass(
          script, [&] { return std::exchange(first, false) ? cut : script.body.size(); },
          [&] { return take; });
    }
  }
}

TEST(MessageQueue, GivesTheSameMessagesInPartsOfAnySize) {
  const Script script = script_of({0, 1, 127, 128, 5, 0, 0, 300, 1500, 2, 2, 1025, 1024});
  for (std::size_t size = 1; size < 600; ++size) {
    pass(
        script, [&] { return size; }, [&] { return size % 4; });
  }
}

TEST(MessageQueue, GivesTheSameMessagesHoweverTheyComeAndAreTaken) {
  std::mt19937 random(11);
  Script script;
  for (std::size_t i = 0; i < 4000; ++i) {
    const std::size_t most = i % 200 == 0 ? kMost : i % 20 == 0 ? 3000 : 60;
    script.add(message_of(random() % (most + 1), i), random() % 5 == 0);
  }
  for (const std::size_t longest : {50U, 3000U, 16'384U, 100'000U}) {
    pass(
        script, [&] { return 1 + random() % longest; }, [&] { return random() % 9; });
    pass(
        script, [&] { return 1 + random() % longest; },
        [&] { return random() % 2 == 0 ? 0 : random() % 3000; });
  }
}

TEST(MessageQueue, LendsMessagesFromWhereTheyArrived) {
  const Script script = script_of({10, 20});
  MessageQueue queue(kMost);
  ASSERT_TRUE(queue.lend(script.body).ok());
  EXPECT_EQ(queue.front().bytes.data(), script.body.data() + kPrefixSize);
  EXPECT_EQ(queue.memory(), 0u);
  queue.drop();
  queue.settle();
  EXPECT_NE(queue.front().bytes.data(), script.body.data() + 15 + kPrefixSize);
  EXPECT_LE(queue.memory(), 64u) << "what was taken is not copied";
}

TEST(MessageQueue, GivesAwayTheMemoryOfALargeMessage) {
  Script script;
  script.add(message_of(30'000, 1));
  MessageQueue queue(kMost);
  for (const std::size_t part : {0U, 1U}) {
    ASSERT_TRUE(
        queue.lend(std::span(script.body).subspan(part * 20'000, part == 0 ? 20'000 : 10'005))
            .ok());
  }
  ASSERT_TRUE(queue.front().single);
  const std::uint8_t* const where = queue.front().bytes.data();
  const Octets taken = queue.take();
  EXPECT_EQ(taken.data(), where);
  EXPECT_EQ(queue.memory(), 0u);
}

TEST(MessageQueue, TakesAMessageOfTheLimitAndNoneBeyondItAfterThoseBefore) {
  for (const std::size_t cut : {1U, 11U, 17U, 100U}) {
    Script script;
    script.add(message_of(10, 1));
    script.add(message_of(kMost, 2));
    script.add(message_of(kMost + 1, 3));
    MessageQueue queue(kMost);
    const std::span<const std::uint8_t> body = script.body;
    ASSERT_TRUE(queue.lend(body.first(cut)).ok());
    queue.settle();
    EXPECT_EQ(queue.lend(body.subspan(cut, 20 + kMost - cut)).code(), Code::ok);
    queue.settle();
    EXPECT_EQ(queue.lend(body.subspan(20 + kMost)).code(), Code::resource_exhausted);
    Taker taker(queue, script);
    taker.take(3);
    EXPECT_EQ(taker.taken(), 2u) << cut;
    EXPECT_LT(queue.memory(), 2 * kMost) << "no memory is taken for what is too long";
  }
}

TEST(MessageQueue, KeepsWhatCameBeforeSomethingWrong) {
  Script script = script_of({4, 4});
  script.body.insert(script.body.end(), {9, 0, 0, 0, 0});
  MessageQueue queue(kMost);
  EXPECT_EQ(queue.lend(script.body).code(), Code::internal);
  std::ranges::fill(script.body, std::uint8_t{0xee});
  Taker(queue, script).take(2);
  EXPECT_TRUE(queue.empty());
}

TEST(MessageQueue, RefusesACompressedMessageWithoutAnEncodingWhereverItIsCut) {
  Script script = script_of({4, 4, 4});  // the third one is
  for (std::size_t cut = 1; cut < script.body.size(); ++cut) {
    MessageQueue queue(kMost);
    ASSERT_TRUE(queue.lend(std::span(script.body).first(cut)).ok());
    queue.settle();
    EXPECT_EQ(queue.lend(std::span(script.body).subspan(cut)).code(), Code::internal) << cut;
    EXPECT_EQ(queue.added(), 2u);
  }
}

TEST(MessageQueue, KnowsABodyThatEndsInsideAMessage) {
  const Script script = script_of({4, 4});
  for (std::size_t size = 0; size <= script.body.size(); ++size) {
    MessageQueue queue(kMost);
    ASSERT_TRUE(queue.lend(std::span(script.body).first(size)).ok());
    EXPECT_EQ(queue.truncated(), size % 9 != 0) << size;
    EXPECT_EQ(queue.fresh(), size == 0);
  }
}

TEST(MessageQueue, TakesLittleMoreMemoryThanTheMessagesThatWait) {
  constexpr std::size_t kMessages = 20'000, kWireSize = 6;
  Octets body;
  for (std::size_t i = 0; i < kMessages; ++i) body.insert(body.end(), {0, 0, 0, 0, 1, 7});
  for (const std::size_t part :
       {std::size_t{1}, kWireSize, std::size_t{100}, std::size_t{16'384}}) {
    MessageQueue queue(kMost);
    for (std::size_t at = 0; at < body.size(); at += part) {
      ASSERT_TRUE(queue.lend(std::span(body).subspan(at, std::min(part, body.size() - at))).ok());
      queue.settle();
    }
    // Of those that are taken one piece stays, at most.
    for (std::size_t left = kMessages; left > 0; --left) {
      ASSERT_LE(queue.memory(), 2 * kWireSize * left + MessageQueue::kPiece) << part;
      queue.drop();
    }
    EXPECT_LE(queue.memory(), 8u) << "that of a message that is not complete";
  }
}

TEST(MessageQueue, ForgetsWhatWaitsAndStartsWithAnotherMessage) {
  const Script script = script_of({4, 4});
  MessageQueue queue(kMost);
  ASSERT_TRUE(queue.lend(std::span(script.body).first(7)).ok());
  ASSERT_TRUE(queue.lend(std::span(script.body).subspan(7)).ok());
  queue.clear();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.memory(), 0u);
  ASSERT_TRUE(queue.lend(script.body).ok());
  EXPECT_EQ(queue.added(), 4u);
  Taker(queue, script).take(2);
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace cpp_lite::wire
