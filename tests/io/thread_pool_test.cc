#include "io/thread_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "io/io_support.h"

namespace cpp_lite::io {
namespace {

// Keeps a thread of a pool busy until it is let go.
struct Block {
  Event begun;
  Event may_end;
  Task task() {
    return [this] {
      begun.set();
      EXPECT_TRUE(may_end.wait());
    };
  }
};

// One that its task keeps.
struct SharedBlock {
  std::shared_ptr<Block> block = std::make_shared<Block>();
  Task task() {
    return [kept = block] { kept->task()(); };
  }
};

TEST(ThreadPool, RunsTasksOnSeveralThreads) {
  Block first;
  Block second;
  ThreadPool pool(2, 10);  // ends before what its threads wait for
  ASSERT_TRUE(pool.try_submit(first.task()));
  ASSERT_TRUE(pool.try_submit(second.task()));
  EXPECT_TRUE(first.begun.wait());
  EXPECT_TRUE(second.begun.wait());
  first.may_end.set();
  second.may_end.set();
}

TEST(ThreadPool, RefusesNewWorkBeyondItsLimitButNotResumptions) {
  Block block;
  ThreadPool pool(1, 2);
  ASSERT_TRUE(pool.try_submit(block.task()));
  ASSERT_TRUE(block.begun.wait());
  std::atomic<int> ran = 0;
  EXPECT_TRUE(pool.try_submit([&] { ++ran; }));
  EXPECT_TRUE(pool.try_submit([&] { ++ran; }));
  EXPECT_FALSE(pool.try_submit([&] { ++ran; }));
  pool.submit([&] { ++ran; });
  block.may_end.set();
  pool.stop();
  EXPECT_EQ(ran, 3);
}

TEST(ThreadPool, RunsWhatIsQueuedBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    ThreadPool pool(2, 1000);
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(pool.try_submit([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 1000);
}

TEST(ThreadPool, TakesNothingNewAfterStopAndRunsResumptionsInTheCaller) {
  ThreadPool pool(1, 10);
  pool.stop();
  EXPECT_FALSE(pool.try_submit([] { FAIL(); }));
  std::thread::id ran_on;
  pool.submit([&] { ran_on = std::this_thread::get_id(); });
  EXPECT_EQ(ran_on, std::this_thread::get_id());
}

TEST(ThreadPool, ItsLastReferenceMayGoOnItsOwnThread) {
  auto pool = std::make_shared<ThreadPool>(2, 10);
  ThreadPool* alias = pool.get();
  Event gone;
  alias->submit([pool = std::move(pool), &gone]() mutable {
    pool.reset();
    gone.set();
  });
  EXPECT_TRUE(gone.wait());
}

TEST(ThreadPool, HasAThreadInAnyCase) {
  ThreadPool pool(0, 10);
  Event ran;
  pool.submit([&] { ran.set(); });
  EXPECT_TRUE(ran.wait());
}

TEST(ThreadPool, HasAllItsThreadsForABurstThatIsAnnouncedOnce) {
  Block blocks[3];
  ThreadPool pool(3, 10);  // ends before what its threads wait for
  for (Block& block : blocks) ASSERT_TRUE(pool.try_submit(block.task(), Announce::later));
  pool.announce();
  for (Block& block : blocks) EXPECT_TRUE(block.begun.wait());
  for (Block& block : blocks) block.may_end.set();
}

TEST(ThreadPool, HasAllItsThreadsForEachBurstHoweverManyTheyAre) {
  constexpr int kThreads = 50;
  ThreadPool pool(kThreads, kThreads);
  for (int round = 0; round < 20; ++round) {
    std::vector<SharedBlock> blocks(kThreads);
    for (SharedBlock& shared : blocks) {
      ASSERT_TRUE(pool.try_submit(shared.task(), Announce::later));
    }
    pool.announce();
    for (SharedBlock& shared : blocks) ASSERT_TRUE(shared.block->begun.wait());
    for (SharedBlock& shared : blocks) shared.block->may_end.set();
  }
}

TEST(ThreadPool, HasAThreadForWhatComesWhileTheOthersAreBlocked) {
  constexpr int kRounds = 200;
  ThreadPool pool(2, 10);
  for (int round = 0; round < kRounds; ++round) {
    SharedBlock shared;
    Event ran;
    ASSERT_TRUE(pool.try_submit(shared.task()));
    ASSERT_TRUE(pool.try_submit([&] { ran.set(); }));
    ASSERT_TRUE(ran.wait());
    shared.block->may_end.set();
  }
}

TEST(ThreadPool, RunsWhatIsAnnouncedLaterBeforeItEnds) {
  int ran = 0;
  {
    ThreadPool pool(1, 10);
    ASSERT_TRUE(pool.try_submit([&] { ++ran; }, Announce::later));
  }
  EXPECT_EQ(ran, 1);
}

// With one thread, with one that is on its way, and with none that is free.
TEST(PostLast, IsHeardByASleepingLoopThoughTheNextTaskBlocks) {
  for (const std::size_t threads : {1u, 2u, 3u}) {
    const auto loop = Loop::create();
    ThreadPool pool(threads, 10);
    for (int round = 0; round < 200; ++round) {
      std::vector<Event> heard(threads);
      for (Event& event : heard) {
        ASSERT_TRUE(
            pool.try_submit([&] { post_last(*loop, [&] { event.set(); }); }, Announce::later));
      }
      std::vector<SharedBlock> blocks(threads);
      for (SharedBlock& shared : blocks) {
        ASSERT_TRUE(pool.try_submit(shared.task(), Announce::later));
      }
      pool.announce();
      for (Event& event : heard) ASSERT_TRUE(event.wait());
      for (SharedBlock& shared : blocks) shared.block->may_end.set();
    }
    pool.stop();
  }
}

TEST(PostLast, IsHeardThoughTheStrandHasATaskThatBlocks) {
  const auto loop = Loop::create();
  const auto pool = std::make_shared<ThreadPool>(1, 10);
  const auto strand = make_strand(pool);
  Block first, second;
  Event heard;
  strand->post(first.task());
  strand->post([&] { post_last(*loop, [&] { heard.set(); }); });
  strand->post(second.task());
  first.may_end.set();
  EXPECT_TRUE(heard.wait());
  second.may_end.set();
  pool->stop();
}

TEST(PostLast, PostsAtOnceOutsideAPool) {
  const auto loop = Loop::create();
  Event heard;
  post_last(*loop, [&] { heard.set(); });
  EXPECT_TRUE(heard.wait());
}

TEST(PostLast, MayBeTheLastThatALoopHears) {
  for (int round = 0; round < 200; ++round) {
    auto loop = Loop::create();
    std::atomic<bool> ran = false;
    ThreadPool pool(2, 10);
    Event posted;
    ASSERT_TRUE(pool.try_submit([&] {
      post_last(*loop, [&] { ran = true; });
      posted.set();
    }));
    ASSERT_TRUE(posted.wait());
    loop.reset();
    EXPECT_TRUE(ran);
  }
}

TEST(Strand, RunsItsTasksInOrderAndOneAtATime) {
  const auto pool = std::make_shared<ThreadPool>(4, 10);
  const auto strand = make_strand(pool);
  std::vector<int> ran;  // not guarded, for the thread sanitizer to look at
  for (int i = 0; i < 5000; ++i) strand->post([&ran, i] { ran.push_back(i); });
  Event done;
  strand->post([&] { done.set(); });
  ASSERT_TRUE(done.wait());
  ASSERT_EQ(ran.size(), 5000u);
  EXPECT_TRUE(std::is_sorted(ran.begin(), ran.end()));
}

TEST(Strand, RunsBesideOtherStrands) {
  Block block;
  const auto pool = std::make_shared<ThreadPool>(2, 10);
  make_strand(pool)->post(block.task());
  Event ran;
  make_strand(pool)->post([&] { ran.set(); });
  EXPECT_TRUE(ran.wait());
  block.may_end.set();
  pool->stop();
}

TEST(Strand, LeavesRoomForOthersHoweverBusyItIs) {
  const auto pool = std::make_shared<ThreadPool>(1, 10);
  const auto busy = make_strand(pool);
  std::atomic<bool> over = false;
  std::function<void()> again = [&] {
    if (!over) busy->post(again);
  };
  busy->post(again);
  Event ran;
  make_strand(pool)->post([&] { ran.set(); });
  EXPECT_TRUE(ran.wait());
  over = true;
  pool->stop();
}

TEST(Strand, IsCurrentInsideItsOwnTasksOnly) {
  const auto pool = std::make_shared<ThreadPool>(1, 10);
  const auto strand = make_strand(pool);
  const auto other = make_strand(pool);
  Event done;
  strand->post([&] {
    EXPECT_TRUE(strand->is_current());
    EXPECT_FALSE(other->is_current());
    done.set();
  });
  ASSERT_TRUE(done.wait());
  EXPECT_FALSE(strand->is_current());
}

TEST(Strand, StartsOnlyWhatThePoolHasRoomFor) {
  Block block;
  const auto pool = std::make_shared<ThreadPool>(1, 1);
  const auto strand = make_strand(pool);
  ASSERT_TRUE(strand->try_post(block.task()));
  ASSERT_TRUE(block.begun.wait());
  std::string ran;
  const auto second = make_strand(pool);
  const auto third = make_strand(pool);
  EXPECT_TRUE(second->try_post([&] { ran += "2"; }));
  EXPECT_FALSE(third->try_post([&] { ran += "refused"; }));
  third->post([&] { ran += "3"; });
  block.may_end.set();
  pool->stop();
  EXPECT_EQ(ran, "23");
}

TEST(Strand, RunsTasksInsidePostOnceThePoolHasStopped) {
  const auto pool = std::make_shared<ThreadPool>(1, 10);
  const auto strand = make_strand(pool);
  pool->stop();
  std::string ran;
  strand->post([&] {
    EXPECT_TRUE(strand->is_current());
    strand->post([&] { ran += "inner"; });
    ran += "outer ";
  });
  EXPECT_EQ(ran, "outer inner");
  EXPECT_FALSE(strand->try_post([] { FAIL(); }));
}

TEST(Strand, RunsAnyNumberOfTasksThatPostTheNextOnceThePoolHasStopped) {
  const auto pool = std::make_shared<ThreadPool>(1, 10);
  const auto strand = make_strand(pool);
  pool->stop();
  int left = 100000;
  std::function<void()> again = [&] {
    if (--left > 0) strand->post(again);
  };
  strand->post(again);
  EXPECT_EQ(left, 0);
}

TEST(Strand, LosesNothingWhileThePoolStops) {
  for (int round = 0; round < 50; ++round) {
    const auto pool = std::make_shared<ThreadPool>(2, 10);
    const auto strand = make_strand(pool);
    int ran = 0;  // touched by the strand alone
    std::thread poster([&] {
      for (int i = 0; i < 200; ++i) strand->post([&] { ++ran; });
    });
    pool->stop();
    poster.join();
    Event done;
    strand->post([&] {
      EXPECT_EQ(ran, 200);
      done.set();
    });
    ASSERT_TRUE(done.wait());
  }
}

TEST(Strand, KeepsThePoolAndMayBeItsLastReference) {
  auto strand = make_strand(std::make_shared<ThreadPool>(1, 10));
  Event done;
  Strand* alias = strand.get();
  alias->post([strand = std::move(strand), &done]() mutable {
    strand.reset();
    done.set();
  });
  EXPECT_TRUE(done.wait());
}

}  // namespace
}  // namespace cpp_lite::io
