#include <cpp_lite/future.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "tracer.h"

namespace cpp_lite {
namespace {

using detail::Promise;

TEST(Future, OfAValueIsReady) {
  Future<int> future = 3;
  EXPECT_TRUE(future.ready());
  EXPECT_EQ(future.get(), 3);
}

TEST(Future, IsEmptyUntilItIsGivenAResultAndAfterItWasTaken) {
  Future<int> future;
  EXPECT_FALSE(future.valid());
  future = 3;
  EXPECT_TRUE(future.valid());
  EXPECT_EQ(future.get(), 3);
  EXPECT_FALSE(future.valid());
}

TEST(Future, HoldsMoveOnlyResults) {
  Future<std::unique_ptr<int>> future = std::make_unique<int>(4);
  EXPECT_EQ(*future.get(), 4);
}

TEST(Future, OfVoidCanBeReadyAtOnce) {
  Future<void> future = ready_future();
  EXPECT_TRUE(future.ready());
  future.get();
}

TEST(Future, IsMadeFromWhatItsResultIsMadeFromImplicitly) {
  const auto text = []() -> Future<std::string> { return "text"; };
  EXPECT_EQ(text().get(), "text");
  const auto nothing = []() -> Future<std::optional<int>> { return std::nullopt; };
  EXPECT_EQ(nothing().get(), std::nullopt);
  static_assert(!std::is_constructible_v<Future<bool>, const char*>, "a pointer is no bool");
  static_assert(!std::is_convertible_v<int, Future<std::unique_ptr<int>>>);
}

TEST(FutureDeathTest, StopsTheProgramWhenItIsUsedTwice) {
  Future<int> future = 3;
  (void)future.get();
  EXPECT_DEATH((void)future.get(), "a Future was used twice, or is empty");
}

TEST(FutureDeathTest, StopsTheProgramWhenALoopsThreadWouldWaitForItself) {
  const Leaf<int> leaf;
  EXPECT_DEATH(
      {
        detail::set_loop_thread(true);
        Promise<int> promise;
        (void)promise.future().get();
      },
      "Future::get\\(\\) on a loop's thread waits for itself");
}

TEST(Promise, HandsOverWhatWasSetBeforeAnybodyAsked) {
  Leaf<int> leaf;
  leaf.promise.set(5);
  EXPECT_TRUE(leaf.future.ready());
  EXPECT_EQ(leaf.future.get(), 5);
}

TEST(Promise, WakesAThreadThatWaits) {
  for (int i = 0; i < 200; ++i) {
    Leaf<int> leaf;
    std::thread other([promise = std::move(leaf.promise)]() mutable { promise.set(6); });
    EXPECT_EQ(leaf.future.get(), 6);
    other.join();
  }
}

TEST(Promise, HandsOverAnException) {
  Leaf<int> leaf;
  leaf.promise.fail(std::make_exception_ptr(std::runtime_error("no")));
  EXPECT_THROW((void)leaf.future.get(), std::runtime_error);
}

TEST(Promise, ThatGoesAwayUnfulfilledFailsItsFuture) {
  Future<int> future;
  {
    Promise<int> promise;
    future = promise.future();
  }
  EXPECT_THROW((void)future.get(), std::runtime_error);
}

TEST(Promise, WithoutAFutureMayGoAway) {
  const Promise<int> silent;
  Promise<int> set;
  set.set(1);
}

TEST(Promise, HearsOnceThatItsFutureWasDropped) {
  Leaf<int> leaf;
  EXPECT_TRUE(leaf.promise.wanted());
  leaf.future = Future<int>();
  EXPECT_TRUE(*leaf.dropped);
  EXPECT_FALSE(leaf.promise.wanted());
  leaf.promise.set(1);  // harmless
}

TEST(Promise, DoesNotHearOfADropAfterItsResult) {
  Leaf<int> leaf;
  leaf.promise.set(1);
  leaf.future = Future<int>();
  EXPECT_FALSE(*leaf.dropped);
}

TEST(Promise, MayBeSetFromInsideTheDrop) {
  auto promise = std::make_shared<Promise<int>>();
  promise->on_drop([promise] { promise->set(1); });
  Future<int> future = promise->future();
  promise.reset();
  future = Future<int>();
}

TEST(Promise, LetsGoOfWhatItsDropTaskHoldsOnceItIsKept) {
  auto held = std::make_shared<int>(1);
  Promise<int> promise;
  promise.on_drop([held] {});
  Future<int> future = promise.future();
  promise.set(1);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Promise, SetAndDropMayMeet) {
  for (int i = 0; i < 2000; ++i) {
    Leaf<std::unique_ptr<int>> leaf;
    std::thread other(
        [promise = std::move(leaf.promise)]() mutable { promise.set(std::make_unique<int>(1)); });
    leaf.future = Future<std::unique_ptr<int>>();
    other.join();
  }
}

TEST(WhenReady, RunsAtOnceForAReadyFuture) {
  int seen = 0;
  detail::when_ready(Future<int>(2), [&](Future<int> ready) { seen = ready.take(); });
  EXPECT_EQ(seen, 2);
}

TEST(WhenReady, RunsWhenTheResultComes) {
  Leaf<int> leaf;
  int seen = 0;
  detail::when_ready(std::move(leaf.future), [&](Future<int> ready) { seen = ready.take(); });
  EXPECT_EQ(seen, 0);
  leaf.promise.set(2);
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace cpp_lite
