// The small parts: the table of streams, the queue of a stream, the block of headers.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

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
    const std::size_t count = random() % (i % 97 == 0 ? 400'000 : i % 3 == 0 ? 20'000 : 50);
    queue.push(bytes_from(in, count));
    size += count;
    Output out;
    const std::size_t taken = std::min<std::size_t>(size, random() % 16'384);
    queue.pop_into(out, taken);
    size -= taken;
    ASSERT_EQ(out.size(), taken);
    ASSERT_EQ(queue.size(), size);
    for (const std::uint8_t byte : std::move(out).join()) ASSERT_EQ(byte, expected++);
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
  Output out;
  queue.pop_into(out, 2020);
  EXPECT_TRUE(std::ranges::equal(large.bytes(), before));
  EXPECT_TRUE(std::ranges::equal(small.bytes(), Body::Bytes(10, 'a')));
  EXPECT_EQ(std::ranges::count(out.bytes, 'b'), 10);
}

TEST(SendQueue, IsEmptyAfterClear) {
  SendQueue queue;
  queue.push(Body::Bytes{1, 2, 3});
  queue.clear();
  EXPECT_TRUE(queue.empty());
  queue.push(Body::Bytes{4});
  Output out;
  queue.pop_into(out, 1);
  EXPECT_EQ(out.bytes, std::vector<std::uint8_t>{4});
}

TEST(SendQueue, DoesNotCopyALargeBodyAndForgetsItWhileItIsSent) {
  std::uint8_t next = 0;
  const Body::Bytes all = bytes_from(next, 200'000);
  Body body = all;
  const std::uint8_t* const where = body.bytes().data();
  SendQueue queue;
  queue.push(std::move(body));
  Output out;
  for (int i = 0; i < 4; ++i) queue.pop_into(out, 50'000);
  queue.clear();
  EXPECT_EQ(out.bytes.size(), 0u);
  EXPECT_EQ(out.size(), all.size());
  out.each(0, [&](std::span<const std::uint8_t> piece) {
    EXPECT_EQ(piece.data(), where);
    return false;
  });
  EXPECT_EQ(std::move(out).join(), all);
}

TEST(Output, GivesWhatItHasFromAnyByteOn) {
  Body first = Body::Bytes(3000, 'b');
  Body second = Body::Bytes(2000, 'd');
  Output output;
  output.bytes = {'a', 'a'};
  output.refer(first, first.bytes().first(1500));
  output.refer(first, first.bytes().subspan(1500));
  output.bytes.push_back('c');
  output.refer(second, second.bytes());
  output.bytes.push_back('e');
  const std::string all = "aa" + std::string(3000, 'b') + 'c' + std::string(2000, 'd') + 'e';
  ASSERT_EQ(output.size(), all.size());
  for (std::size_t skip = 0; skip <= all.size(); ++skip) {
    std::string rest;
    output.each(skip, [&](std::span<const std::uint8_t> piece) {
      EXPECT_FALSE(piece.empty());
      rest.append(piece.begin(), piece.end());
      return true;
    });
    ASSERT_TRUE(rest == std::string_view(all).substr(skip)) << skip;
  }
  output.clear();
  EXPECT_TRUE(output.empty() && output.whole());
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

using Fields = std::vector<std::pair<std::string, std::string>>;

HeaderBlock collect(BlockCollector& collector, const Fields& fields) {
  collector.begin();
  for (const auto& [name, value] : fields) collector.add(name, value, false);
  EXPECT_EQ(collector.size(), fields.size());
  return collector.finish();
}

Fields fields_of(const HeaderBlock& block) {
  Fields fields;
  for (std::size_t i = 0; i < block.size(); ++i) fields.emplace_back(block.name(i), block.value(i));
  return fields;
}

const Fields kCall = {{":path", "/a/b"}, {"te", "trailers"}, {"grpc-timeout", "1S"}, {"k", ""}};

TEST(BlockCollector, SharesTheFieldsOfTheBlockBefore) {
  BlockCollector collector;
  HeaderBlock first = collect(collector, kCall);
  first.note() = std::make_shared<int>(7);
  HeaderBlock second = collect(collector, kCall);
  EXPECT_EQ(fields_of(second), kCall);
  EXPECT_EQ(second.variations(), 0u);
  EXPECT_EQ(second.note(), first.note());
}

TEST(BlockCollector, KeepsWhatDiffersInTheBlock) {
  BlockCollector collector;
  collect(collector, kCall).note() = std::make_shared<int>(7);
  Fields other = kCall;
  other[2].second = "250m";
  other[3].second = "x";
  HeaderBlock block = collect(collector, other);
  EXPECT_NE(block.note(), nullptr);
  EXPECT_EQ(fields_of(block), other);
  EXPECT_EQ(block.variations(), 2u);
  EXPECT_EQ(block.varied_field(0), 2u);
  EXPECT_EQ(block.get("grpc-timeout"), "250m");
  EXPECT_EQ(fields_of(collect(collector, kCall)), kCall);
}

TEST(BlockCollector, LooksAtEveryByte) {
  for (std::size_t size = 0; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      const Fields original = {{std::string(size, 'n'), std::string(size, 'v')}};
      Fields renamed = original, changed = original;
      renamed[0].first[at] = 'm';
      changed[0].second[at] = 'w';
      for (const Fields& other : {renamed, changed}) {
        BlockCollector collector;
        collect(collector, original);
        EXPECT_EQ(fields_of(collect(collector, other)), other);
      }
    }
  }
}

// Names, lengths, never_index, too many values or too long ones: then nothing is shared.
TEST(BlockCollector, MakesABlockOfItsOwnOfFieldsThatAreNotAlike) {
  const Fields longer = {
      {":path", "/a/b"}, {"te", "trailers"}, {"grpc-timeout", "1S"}, {"k", ""}, {"more", "1"}};
  const Fields shorter(kCall.begin(), kCall.begin() + 2);
  const Fields renamed = {{":path", "/a/b"}, {"te", "trailers"}, {"grpc-retry", "1S"}, {"k", ""}};
  const Fields all_new = {{":path", "1"}, {"te", "2"}, {"grpc-timeout", "3"}, {"k", "4"}};
  const Fields wide = {
      {":path", std::string(65, 'x')}, {"te", "2"}, {"grpc-timeout", "3"}, {"k", ""}};
  BlockCollector collector;
  collect(collector, kCall).note() = std::make_shared<int>(7);
  for (const Fields& other : {longer, shorter, renamed, all_new, wide, Fields{}, kCall}) {
    HeaderBlock block = collect(collector, other);
    EXPECT_EQ(fields_of(block), other);
    EXPECT_TRUE(other.empty() || block.note() == nullptr);
  }
}

TEST(BlockCollector, TellsFieldsThatMustNotBeIndexedFromOthers) {
  BlockCollector collector;
  collect(collector, {{"a", "1"}});
  collector.begin();
  collector.add("a", "1", true);
  EXPECT_TRUE(collector.finish().never_index(0));
}

TEST(BlockCollector, ComparesWithANewerBlockOnceManyHaveDiffered) {
  BlockCollector collector;
  collect(collector, kCall);
  Fields other = kCall;
  other[0].second = "/a/c";
  int varied = 0;
  for (int i = 0; i < 40; ++i) varied += collect(collector, other).variations() > 0 ? 1 : 0;
  EXPECT_EQ(varied, 15);
}

TEST(BlockCollector, RemembersNoLargeBlock) {
  const Fields large = {{"a", std::string(5000, 'x')}};
  BlockCollector collector;
  collect(collector, large).note() = std::make_shared<int>(7);
  EXPECT_EQ(collect(collector, large).note(), nullptr);
}

}  // namespace
}  // namespace cpp_lite::h2
