#include "io/task_lots.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpp_lite::io {
namespace {

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

// Tasks that write down their letters; a capital one begins a lot.
class Letters {
 public:
  void add(std::string_view letters) {
    for (const char letter : letters) {
      lots_.add([this, letter] { written_ += letter; }, letter >= 'A' && letter <= 'Z');
    }
  }
  // What is taken when there is room for so many lots.
  std::string take(std::size_t room) {
    std::vector<Task> taken;
    lots_.take(taken, room);
    left_ = room;
    written_.clear();
    for (Task& task : taken) task();
    return written_;
  }
  bool empty() const { return lots_.empty(); }
  std::size_t room_left() const { return left_; }

 private:
  TaskLots lots_;
  std::string written_;
  std::size_t left_ = 0;
};

TEST(TaskLots, AreTakenInTheirOrderAndNeverTornApart) {
  Letters letters;
  letters.add("AbcDEfg");
  EXPECT_EQ(letters.take(1), "Abc");
  EXPECT_EQ(letters.take(2), "DEfg");
  EXPECT_TRUE(letters.empty());
}

TEST(TaskLots, AreAllTakenWhereThereIsRoom) {
  Letters letters;
  letters.add("AbCD");
  EXPECT_EQ(letters.take(kAll), "AbCD");
  EXPECT_TRUE(letters.empty());
  EXPECT_EQ(letters.take(kAll), "");
}

TEST(TaskLots, WhatBelongsToNoneNeedsNoRoom) {
  Letters letters;
  letters.add("abC");
  EXPECT_EQ(letters.take(0), "ab");
  EXPECT_EQ(letters.take(0), "");
  EXPECT_FALSE(letters.empty());
  letters.add("d");
  EXPECT_EQ(letters.take(1), "Cd");
}

TEST(TaskLots, TakeOfTheRoomWhatTheyNeed) {
  Letters letters;
  letters.add("AbC");
  EXPECT_EQ(letters.take(5), "AbC");
  EXPECT_EQ(letters.room_left(), 3u);
  letters.add("a");
  EXPECT_EQ(letters.take(5), "a");
  EXPECT_EQ(letters.room_left(), 5u);
}

TEST(TaskLots, MayBeAddedWhileOthersAreLeft) {
  Letters letters;
  letters.add("ABc");
  EXPECT_EQ(letters.take(1), "A");
  letters.add("dE");
  EXPECT_EQ(letters.take(1), "Bcd");
  EXPECT_EQ(letters.take(1), "E");
  EXPECT_TRUE(letters.empty());
}

TEST(TaskLots, ComeBehindWhatIsThere) {
  std::string written;
  std::vector<Task> out;
  out.push_back([&] { written += "first "; });
  TaskLots lots;
  lots.add([&] { written += "second"; }, true);
  std::size_t room = kAll;
  lots.take(out, room);
  ASSERT_EQ(out.size(), 2u);
  for (Task& task : out) task();
  EXPECT_EQ(written, "first second");
}

}  // namespace
}  // namespace cpp_lite::io
