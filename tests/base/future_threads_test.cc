// Coroutines that are completed, moved and dropped by several threads at once. What these tests
// check is that nothing breaks, under sanitizers above all, and that no frame is left.
#include <cpp_lite/async.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "support/executors.h"
#include "tracer.h"

namespace cpp_lite {
namespace {

using detail::Promise;
using support::ThreadExecutor;

constexpr int kRounds = 2000;

// A few threads, and work thrown at them in an order that the seed decides.
class Threads {
 public:
  explicit Threads(std::uint32_t seed) : random_(seed) {}

  const std::shared_ptr<ThreadExecutor>& any() { return executors_[random_() % executors_.size()]; }
  bool coin() { return random_() % 2 == 0; }

  template <typename T, typename... Value>
  void complete(Promise<T> promise, Value... value) {
    any()->post([promise = std::move(promise), value...]() mutable { promise.set(value...); });
  }
  template <typename T>
  void drop(Future<T> future) {
    if (coin()) return;  // right here
    any()->post([future = std::move(future)]() mutable { future = Future<T>(); });
  }
  // Ends posted by ends need a few rounds.
  void settle() {
    for (int i = 0; i < 4; ++i) {
      for (auto& executor : executors_) executor->settle();
    }
  }

 private:
  std::minstd_rand random_;
  std::array<std::shared_ptr<ThreadExecutor>, 3> executors_{std::make_shared<ThreadExecutor>(),
                                                            std::make_shared<ThreadExecutor>(),
                                                            std::make_shared<ThreadExecutor>()};
};

Future<int> two_waits(Frames& frames, Future<int> one, Future<int> two) {
  const Frames::Tracer tracer(frames);
  const int first = co_await waits(frames, std::move(one));
  co_return first + co_await waits(frames, std::move(two));
}

TEST(CoroutineOnThreads, EndsForWhoWaits) {
  Threads threads(1);
  Frames frames;
  for (int i = 0; i < kRounds; ++i) {
    Leaf<int> one(threads.coin() ? threads.any() : nullptr);
    Leaf<int> two(threads.coin() ? threads.any() : nullptr);
    Future<int> sum = two_waits(frames, std::move(one.future), std::move(two.future));
    threads.complete(std::move(one.promise), 1);
    threads.complete(std::move(two.promise), 2);
    EXPECT_EQ(sum.get(), 3);
  }
  threads.settle();
  EXPECT_EQ(frames.alive(), 0);
}

TEST(CoroutineOnThreads, MayBeDroppedWhileItsResultsCome) {
  Threads threads(2);
  Frames frames;
  for (int i = 0; i < kRounds; ++i) {
    Leaf<int> one(threads.coin() ? threads.any() : nullptr);
    Leaf<int> two(threads.coin() ? threads.any() : nullptr);
    Future<int> sum = two_waits(frames, std::move(one.future), std::move(two.future));
    threads.complete(std::move(one.promise), 1);
    threads.complete(std::move(two.promise), 2);
    threads.drop(std::move(sum));
  }
  threads.settle();
  EXPECT_EQ(frames.alive(), 0);
}

TEST(CoroutineOnThreads, MayBeDroppedWhileItWaitsForWhatNeverComes) {
  Threads threads(3);
  Frames frames;
  std::vector<Promise<int>> kept;
  for (int i = 0; i < kRounds; ++i) {
    Leaf<int> one(threads.coin() ? threads.any() : nullptr);
    Leaf<int> two(threads.coin() ? threads.any() : nullptr);
    Future<int> sum = two_waits(frames, std::move(one.future), std::move(two.future));
    threads.complete(std::move(one.promise), 1);
    kept.push_back(std::move(two.promise));
    threads.drop(std::move(sum));
  }
  threads.settle();
  EXPECT_EQ(frames.alive(), 0);
}

Future<int> wanders(Frames& frames, std::vector<std::shared_ptr<ThreadExecutor>> places) {
  const Frames::Tracer tracer(frames);
  int count = 0;
  for (const auto& place : places) {
    co_await on(place);
    count += place->is_current() ? 1 : 0;
    co_await Future<int>(1);
    count += place->is_current() ? 0 : 1000;
  }
  co_return count;
}

TEST(CoroutineOnThreads, MovesFromOneToTheNext) {
  Threads threads(4);
  Frames frames;
  for (int i = 0; i < kRounds; ++i) {
    EXPECT_EQ(wanders(frames, {threads.any(), threads.any(), threads.any()}).get(), 3);
  }
  threads.settle();
  EXPECT_EQ(frames.alive(), 0);
}

TEST(CoroutineOnThreads, MayBeDroppedWhileItMoves) {
  Threads threads(5);
  Frames frames;
  for (int i = 0; i < kRounds; ++i) {
    threads.drop(wanders(frames, {threads.any(), threads.any(), threads.any()}));
  }
  threads.settle();
  EXPECT_EQ(frames.alive(), 0);
}

TEST(CoroutineOnThreads, MayMoveToAnExecutorThatOnlyItKeeps) {
  Threads threads(6);
  Frames frames;
  for (int i = 0; i < 200; ++i) {
    Future<int> count = wanders(
        frames, {threads.any(), std::make_shared<ThreadExecutor>(), threads.any(), threads.any()});
    if (i % 2 == 0) {
      threads.drop(std::move(count));
    } else {
      EXPECT_EQ(count.get(), 4);
    }
  }
  threads.settle();
}

TEST(CoroutineOnThreads, GathersWhatComesFromSeveral) {
  Threads threads(7);
  Frames frames;
  for (int i = 0; i < kRounds; ++i) {
    Leaf<int> one(threads.any()), two(threads.any()), three;
    auto all = when_all(waits(frames, std::move(one.future)), waits(frames, std::move(two.future)),
                        std::move(three.future));
    threads.complete(std::move(three.promise), 3);
    threads.complete(std::move(two.promise), 2);
    threads.complete(std::move(one.promise), 1);
    if (threads.coin()) {
      EXPECT_EQ(std::get<2>(all.get()), 3);
    } else {
      threads.drop(std::move(all));
    }
  }
  threads.settle();
  EXPECT_EQ(frames.alive(), 0);
}

TEST(CoroutineOnThreads, RacesWithOneWinner) {
  Threads threads(8);
  Frames frames;
  for (int i = 0; i < kRounds; ++i) {
    Leaf<int> one(threads.any()), two(threads.any()), three;
    auto any = when_any(waits(frames, std::move(one.future)), waits(frames, std::move(two.future)),
                        std::move(three.future));
    threads.complete(std::move(two.promise), 1);
    threads.complete(std::move(one.promise), 0);
    if (threads.coin()) {
      const auto result = any.get();
      EXPECT_EQ(result.index(), result.index() == 0 ? std::get<0>(result) : std::get<1>(result));
    } else {
      threads.drop(std::move(any));
    }
  }
  threads.settle();
  EXPECT_EQ(frames.alive(), 0);
}

}  // namespace
}  // namespace cpp_lite
