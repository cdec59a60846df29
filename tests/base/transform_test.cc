#include <cpp_lite/transform.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/executors.h"
#include "tracer.h"

namespace cpp_lite {
namespace {

using detail::transform;
using support::ManualExecutor;
using support::ThreadExecutor;

int twice(int value) { return 2 * value; }

TEST(Transform, OfAReadyFutureIsReady) {
  Future<int> result = transform(Future<int>(3), twice);
  EXPECT_TRUE(result.ready());
  EXPECT_EQ(result.get(), 6);
}

TEST(Transform, IsReadyWhenItsInputIs) {
  Leaf<int> leaf;
  Future<int> result = transform(std::move(leaf.future), twice);
  EXPECT_FALSE(result.ready());
  leaf.promise.set(3);
  EXPECT_TRUE(result.ready());
  EXPECT_EQ(result.get(), 6);
}

TEST(Transform, MakesTheResultOnTheThreadThatTakesIt) {
  Leaf<int> leaf;
  Future<std::thread::id> result =
      transform(std::move(leaf.future), [](int) { return std::this_thread::get_id(); });
  std::thread other([promise = std::move(leaf.promise)]() mutable { promise.set(1); });
  EXPECT_EQ(result.get(), std::this_thread::get_id());
  other.join();
}

TEST(Transform, HandsOnExceptions) {
  Leaf<int> leaf;
  Future<int> result = transform(std::move(leaf.future), twice);
  leaf.promise.fail(std::make_exception_ptr(std::runtime_error("no")));
  EXPECT_THROW((void)result.get(), std::runtime_error);

  Leaf<int> fine;
  result = transform(std::move(fine.future), [](int) -> int { throw std::runtime_error("no"); });
  fine.promise.set(1);
  EXPECT_THROW((void)result.get(), std::runtime_error);
}

TEST(Transform, DropsItsInputWhenItIsDropped) {
  Leaf<int> leaf;
  Frames frames;
  const auto tracer = std::make_shared<Frames::Tracer>(frames);
  Future<int> result = transform(std::move(leaf.future), [tracer](int value) { return value; });
  result = Future<int>();
  EXPECT_TRUE(*leaf.dropped);
  EXPECT_EQ(tracer.use_count(), 1);
  EXPECT_EQ(leaf.promise.offer(4), 4);  // nothing is lost
}

TEST(Transform, DropsAResultThatNobodyTook) {
  Leaf<std::shared_ptr<int>> leaf;
  auto value = std::make_shared<int>(1);
  Future<int> result =
      transform(std::move(leaf.future), [](const std::shared_ptr<int>& it) { return *it; });
  leaf.promise.set(value);
  result = Future<int>();
  EXPECT_FALSE(*leaf.dropped);
  EXPECT_EQ(value.use_count(), 1);
}

TEST(Transform, DropsACoroutineThatItWaitsFor) {
  Frames frames;
  Leaf<int> leaf;
  Future<int> result = transform(waits(frames, std::move(leaf.future)), twice);
  EXPECT_EQ(frames.alive(), 1);
  result = Future<int>();
  EXPECT_EQ(frames.alive(), 0);
  EXPECT_TRUE(*leaf.dropped);
}

TEST(Transform, ResumesACoroutineWhereItsInputCompletes) {
  auto loop = std::make_shared<ThreadExecutor>();
  Leaf<int> leaf(loop);
  const auto here = [](Future<int> input, Executor& loop) -> Future<bool> {
    (void)co_await transform(std::move(input), twice);
    co_return loop.is_current();
  };
  Future<bool> on_loop = here(std::move(leaf.future), *loop);
  loop->post([promise = std::move(leaf.promise)]() mutable { promise.set(1); });
  EXPECT_TRUE(on_loop.get());
}

TEST(Transform, CanBeWaitedForWhereItWasStarted) {
  auto strand = std::make_shared<ManualExecutor>();
  std::optional<int> got;
  strand->run(strand, [&got] {
    Leaf<int> leaf;
    Future<int> result = transform(std::move(leaf.future), twice);
    std::thread other([promise = std::move(leaf.promise)]() mutable { promise.set(4); });
    got = result.get();
    other.join();
  });
  EXPECT_EQ(got, 8);
}

TEST(TransformDeathTest, StopsTheProgramWhenACoroutineWouldBeWaitedForWhereItRuns) {
  Frames frames;
  EXPECT_DEATH(
      {
        auto strand = std::make_shared<ManualExecutor>();
        strand->run(strand, [&frames] {
          Leaf<int> leaf;
          Future<int> coroutine = waits(frames, std::move(leaf.future));
          (void)transform(std::move(coroutine), twice).get();
        });
      },
      "waits for a coroutine that can only go on where it is called");
}

TEST(Transform, CompletionAndDropMayMeet) {
  for (int i = 0; i < 2000; ++i) {
    Leaf<std::unique_ptr<int>> leaf;
    Future<int> result =
        transform(std::move(leaf.future), [](const std::unique_ptr<int>& it) { return *it; });
    std::thread other(
        [promise = std::move(leaf.promise)]() mutable { promise.set(std::make_unique<int>(1)); });
    result = Future<int>();
    other.join();
  }
}

}  // namespace
}  // namespace cpp_lite
