// The small parts: the table of streams, the queue of a stream, the block of headers.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

#include "h2/header_block.h"
#include "h2/id_map.h"
#include "h2/send_queue.h"

namespace cpp_lite::h2 {
namespace {

struct Value {
  int number = 0;
  void recycle() { number = 0; }
};

TEST(IdMap, BehavesLikeAMapUnderRandomUse) {
  std::mt19937 random(7);
  IdMap<Value> table;
  std::map<std::int32_t, int> model;
  for (int i = 0; i < 50'000; ++i) {
    const auto id = static_cast<std::int32_t>(random() % 600) * 2 + 1;
    if (Value* value = table.find(id)) {
      ASSERT_EQ(value->number, model.at(id));
      if (random() % 2 == 0) {
        table.erase(id);
        model.erase(id);
      }
    } else {
      ASSERT_FALSE(model.contains(id));
      table.insert(id).number = model[id] = i;
    }
    ASSERT_EQ(table.size(), model.size());
  }
  std::vector<std::int32_t> ids = table.ids();
  std::ranges::sort(ids);
  EXPECT_TRUE(
      std::ranges::equal(ids, model, {}, {}, [](const auto& entry) { return entry.first; }));
}

TEST(IdMap, KnowsNoStreamZero) {
  IdMap<Value> table;
  EXPECT_EQ(table.find(0), nullptr);
  table.erase(0);
  table.erase(5);
  EXPECT_EQ(table.size(), 0u);
}

TEST(IdMap, GivesBackACleanSlot) {
  IdMap<Value> table;
  table.insert(1).number = 7;
  table.erase(1);
  EXPECT_EQ(table.insert(3).number, 0);
}

std::vector<std::uint8_t> bytes_from(std::uint8_t& next, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = next++;
  return bytes;
}

TEST(SendQueue, GivesBytesInOrderWhateverTheirPieces) {
  std::mt19937 random(7);
  SendQueue queue;
  std::uint8_t in = 0;
  std::uint8_t expected = 0;
  std::size_t size = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::size_t count = random() % (i % 3 == 0 ? 20'000 : 50);
    queue.push(bytes_from(in, count));
    size += count;
    std::vector<std::uint8_t> out;
    const std::size_t taken = std::min<std::size_t>(size, random() % 16'384);
    queue.pop_into(out, taken);
    size -= taken;
    ASSERT_EQ(out.size(), taken);
    ASSERT_EQ(queue.size(), size);
    for (const std::uint8_t byte : out) ASSERT_EQ(byte, expected++);
  }
}

TEST(SendQueue, LeavesSharedBytesAlone) {
  SendQueue queue;
  Body large = Body::Bytes(2000, 'a');
  Body small = Body::Bytes(10, 'a');
  const Body::Bytes before(large.bytes().begin(), large.bytes().end());
  queue.push(large.share());
  queue.push(small.share());
  queue.push(Body::Bytes(10, 'b'));
  std::vector<std::uint8_t> out;
  queue.pop_into(out, 2020);
  EXPECT_TRUE(std::ranges::equal(large.bytes(), before));
  EXPECT_TRUE(std::ranges::equal(small.bytes(), Body::Bytes(10, 'a')));
  EXPECT_EQ(std::ranges::count(out, 'b'), 10);
}

TEST(SendQueue, IsEmptyAfterClear) {
  SendQueue queue;
  queue.push(Body::Bytes{1, 2, 3});
  queue.clear();
  EXPECT_TRUE(queue.empty());
  queue.push(Body::Bytes{4});
  std::vector<std::uint8_t> out;
  queue.pop_into(out, 1);
  EXPECT_EQ(out, std::vector<std::uint8_t>{4});
}

TEST(HeaderBlock, KeepsFieldsInOrderAndFindsTheFirst) {
  HeaderBlock block;
  block.add("a", "1");
  block.add("b", "");
  block.add("a", "2", true);
  EXPECT_EQ(block.size(), 3u);
  EXPECT_EQ(block.name(2), "a");
  EXPECT_EQ(block.value(2), "2");
  EXPECT_TRUE(block.never_index(2));
  EXPECT_EQ(block.get("a"), "1");
  EXPECT_EQ(block.get("b"), "");
  EXPECT_EQ(block.get("c"), std::nullopt);
}

}  // namespace
}  // namespace cpp_lite::h2
