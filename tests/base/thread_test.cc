// Threads, and the memory that each keeps.
#include "base/thread.h"

#include <cpp_lite/block.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace cpp_lite::detail {
namespace {

TEST(Thread, TakesNoSignalsButThoseOfItsOwnFaults) {
  sigset_t mask;
  sigemptyset(&mask);
  start_thread("test", [&mask] { pthread_sigmask(SIG_SETMASK, nullptr, &mask); }).join();
  for (const int other : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGALRM, SIGUSR1, SIGPIPE}) {
    EXPECT_EQ(sigismember(&mask, other), 1) << other;
  }
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    EXPECT_EQ(sigismember(&mask, fault), 0) << fault;
  }
}

// Distinct while they are taken, and each as large as asked for.
void take_fill_and_give(std::size_t count, std::size_t size) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < count; ++i) {
    blocks.push_back(take_block(size));
    std::memset(blocks.back(), static_cast<int>(i), size);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const auto* bytes = static_cast<const std::uint8_t*>(blocks[i]);
    for (std::size_t k = 0; k < size; ++k) ASSERT_EQ(bytes[k], static_cast<std::uint8_t>(i));
    give_block(blocks[i], size);
  }
}

TEST(Block, IsAsLargeAsAskedForAndNobodyElses) {
  for (int round = 0; round < 2; ++round) {
    for (const std::size_t size : {1u, 63u, 64u, 65u, 2048u, 2049u, 100'000u}) {
      take_fill_and_give(20, size);
    }
  }
  drop_blocks();
}

TEST(Block, OfNoSizeCanBeTakenAndGivenBack) { give_block(take_block(0), 0); }

TEST(Block, MayBeGivenBackByAnotherThread) {
  void* block = take_block(100);
  std::thread([block] { give_block(block, 100); }).join();
  std::thread([&block] { block = take_block(100); }).join();
  give_block(block, 100);
  drop_blocks();
}

TEST(Block, OutlivesNothingWhenManyAreGivenBack) {
  take_fill_and_give(5000, 64);  // more than a thread keeps
  drop_blocks();
  drop_blocks();
}

// The destructor of a thread's own object may come after that of what the thread keeps.
TEST(Block, MayBeGivenBackWhileTheThreadEnds) {
  std::thread([] {
    struct Late {
      void* block = nullptr;
      ~Late() {
        if (block != nullptr) give_block(block, 100);
      }
    };
    thread_local Late late;
    late.block = take_block(100);
    give_block(take_block(100), 100);
  }).join();
}

TEST(Block, HoldsSharedObjects) {
  const auto object = std::allocate_shared<std::vector<int>>(BlockAllocator<std::vector<int>>(), 3);
  EXPECT_EQ(object->size(), 3u);
}

TEST(Block, HasTheMemoryOfBytesThatWereGivenBack) {
  std::vector<std::uint8_t> bytes = take_bytes(100);
  EXPECT_EQ(bytes.size(), 100u);
  give_bytes(std::move(bytes));
  EXPECT_EQ(take_bytes(50).size(), 50u);
  EXPECT_EQ(take_bytes(100'000).size(), 100'000u);
  for (int i = 0; i < 200; ++i) give_bytes(std::vector<std::uint8_t>(64));
  drop_blocks();
}

TEST(Block, KeepsBytesOfMessagesUpToSixtyFourKibibytesTogether) {
  std::thread([] {
    for (int i = 0; i < 100; ++i) give_bytes(std::vector<std::uint8_t>(4'000));
    int kept = 0;
    std::vector<std::vector<std::uint8_t>> all;
    for (int i = 0; i < 100; ++i) {
      if (all.emplace_back(take_bytes(100)).capacity() == 4'000) ++kept;
    }
    EXPECT_EQ(kept, keeps_memory() ? 16 : 0);
  }).join();
}

// On a thread of its own, which keeps nothing yet.
class LargeBlocks : public testing::Test {
 protected:
  void SetUp() override {
    if (!keeps_memory()) GTEST_SKIP() << "a sanitizer looks for what is used after its end";
  }
  static void on_new_thread(const std::function<void()>& test) { std::thread(test).join(); }
  static void give(std::size_t count, std::size_t size) {
    while (count-- > 0) give_bytes(std::vector<std::uint8_t>(size, 'x'));
  }
  // How many of so many that are taken, of `size`, have memory for `room`.
  static std::ptrdiff_t taken(int count, std::size_t size, std::size_t room) {
    std::vector<std::size_t> rooms;
    std::vector<std::vector<std::uint8_t>> all;
    for (int i = 0; i < count; ++i) rooms.push_back(all.emplace_back(take_bytes(size)).capacity());
    return std::ranges::count(rooms, room);
  }
};

TEST_F(LargeBlocks, AreKeptForThoseThatNeedAboutAsMuch) {
  on_new_thread([] {
    (void)take_room(5'000);
    give(1, 300'000);
    give(1, 1 << 20);
    EXPECT_LT(take_bytes(5'000).capacity(), 300'000u);
    const std::vector<std::uint8_t> smallest = take_bytes(200'000);
    EXPECT_EQ(smallest.capacity(), 300'000u);
    EXPECT_EQ(smallest.front(), 'x') << "filled although nobody asked for that";
    EXPECT_EQ(take_bytes(200'001).capacity(), 200'001u) << "a mebibyte is more than twice that";
    const std::vector<std::uint8_t> room = take_room(1'000'000);
    EXPECT_EQ(room.capacity(), std::size_t{1} << 20);
    EXPECT_EQ(room.size(), 0u);
  });
}

TEST_F(LargeBlocks, TakeFourMebibytesAtMost) {
  on_new_thread([] {
    (void)take_room(5'000);
    give(5, 1 << 20);
    give(1, (2 << 20) + 1);
    EXPECT_EQ(taken(5, (1 << 20) - 1, 1 << 20), 4);
  });
}

TEST_F(LargeBlocks, AreNotKeptByThreadsThatSaySo) {
  on_new_thread([] {
    (void)take_room(5'000);
    keep_nothing_large();
    (void)take_room(5'000);
    give(2, 1 << 20);
    EXPECT_EQ(taken(2, 1'000'000, 1 << 20), 0);
  });
}

TEST_F(LargeBlocks, ThatAreShorterGiveWay) {
  on_new_thread([] {
    (void)take_room(5'000);
    give(100, 5'000);
    give(16, 256 << 10);
    give(1, 1 << 20);
    EXPECT_EQ(taken(2, 1'000'000, 1 << 20), 1);
    EXPECT_EQ(taken(16, 250'000, 256 << 10), 12);
  });
}

TEST_F(LargeBlocks, AreNotKeptByWhoNeverTakesAny) {
  on_new_thread([] {
    give(3, 1 << 20);
    EXPECT_EQ(taken(3, 1'000'000, 1 << 20), 0);
  });
}

}  // namespace
}  // namespace cpp_lite::detail
