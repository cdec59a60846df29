#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/executors.h"
#include "tracer.h"

namespace cpp_lite {
namespace {

using detail::Promise;
using support::ManualExecutor;

Future<int> adds_one(Future<int> to) { co_return co_await std::move(to) + 1; }

TEST(Coroutine, StartsWhenItIsCalled) {
  bool started = false;
  const auto work = [](bool& flag) -> Future<void> {
    flag = true;
    co_return;
  };
  const Future<void> future = work(started);
  EXPECT_TRUE(started);
  EXPECT_TRUE(future.ready());
}

TEST(Coroutine, DoesNotSuspendForWhatIsThere) {
  Future<int> future = adds_one(adds_one(1));
  EXPECT_TRUE(future.ready());
  EXPECT_EQ(future.get(), 3);
}

TEST(Coroutine, ResumesWhenTheResultComes) {
  Leaf<int> leaf;
  Future<int> future = adds_one(adds_one(std::move(leaf.future)));
  EXPECT_FALSE(future.ready());
  leaf.promise.set(1);
  EXPECT_EQ(future.get(), 3);
}

TEST(Coroutine, AwaitsAFutureThatHasAName) {
  const auto work = [](Future<int> future) -> Future<int> { co_return co_await future; };
  EXPECT_EQ(work(4).get(), 4);
}

TEST(Coroutine, PassesMoveOnlyResultsOn) {
  Frames frames;
  Leaf<std::unique_ptr<int>> leaf;
  auto future = waits(frames, waits(frames, std::move(leaf.future)));
  leaf.promise.set(std::make_unique<int>(8));
  EXPECT_EQ(*future.get(), 8);
  EXPECT_EQ(frames.alive(), 0);
}

TEST(Coroutine, PassesExceptionsOn) {
  Frames frames;
  Leaf<int> leaf;
  Future<int> future = waits(frames, waits(frames, std::move(leaf.future)));
  leaf.promise.fail(std::make_exception_ptr(std::runtime_error("no")));
  EXPECT_THROW((void)future.get(), std::runtime_error);
  EXPECT_EQ(frames.alive(), 0);
}

TEST(Coroutine, ThrowsBeforeItsFirstSuspensionIntoItsFuture) {
  const auto work = []() -> Future<int> {
    throw std::runtime_error("at once");
    co_return 1;
  };
  Future<int> future = work();
  EXPECT_THROW((void)future.get(), std::runtime_error);
}

TEST(Coroutine, KeepsItsResultForALateConsumer) {
  Frames frames;
  Leaf<int> leaf;
  Future<int> future = waits(frames, std::move(leaf.future));
  leaf.promise.set(2);
  EXPECT_EQ(frames.alive(), 0);
  EXPECT_EQ(future.get(), 2);
}

TEST(Coroutine, ReturnsWithBracesAndConversions) {
  const auto pair = []() -> Future<std::pair<int, std::string>> { co_return {1, "one"}; };
  EXPECT_EQ(pair().get().second, "one");
}

TEST(Coroutine, RunsThroughManyWaitsWithoutGrowingTheStack) {
  const auto counts = [](int rounds) -> Future<int> {
    int sum = 0;
    for (int i = 0; i < rounds; ++i) sum += co_await Future<int>(1);
    co_return sum;
  };
  EXPECT_EQ(counts(1'000'000).get(), 1'000'000);
}

// --- Dropping ---

TEST(DroppedCoroutine, WithoutExecutorGoesBeforeTheDestructorReturns) {
  Frames frames;
  Leaf<int> leaf;
  Future<int> future = waits(frames, waits(frames, std::move(leaf.future)));
  EXPECT_EQ(frames.alive(), 2);
  future = Future<int>();
  EXPECT_EQ(frames.alive(), 0);
  EXPECT_TRUE(*leaf.dropped);
}

TEST(DroppedCoroutine, GoesBeforeTheDestructorReturnsWhereItRuns) {
  auto loop = std::make_shared<ManualExecutor>();
  Frames frames;
  Leaf<int> leaf(loop);
  loop->run(loop, [&] {
    Future<int> future = waits(frames, std::move(leaf.future));
    EXPECT_EQ(frames.alive(), 1);
    future = Future<int>();
    EXPECT_EQ(frames.alive(), 0);
    EXPECT_TRUE(*leaf.dropped);
  });
}

TEST(DroppedCoroutine, GoesOnItsExecutorWhenItIsDroppedElsewhere) {
  auto loop = std::make_shared<ManualExecutor>();
  Frames frames;
  Leaf<int> leaf(loop);
  Future<int> future;
  loop->run(loop, [&] { future = waits(frames, std::move(leaf.future)); });
  future = Future<int>();
  EXPECT_EQ(frames.alive(), 1);
  loop->turn();
  EXPECT_EQ(frames.alive(), 0);
  EXPECT_TRUE(*leaf.dropped);
}

TEST(DroppedCoroutine, LosesAResultThatIsOnItsWay) {
  auto loop = std::make_shared<ManualExecutor>();
  Frames frames;
  Leaf<int> leaf;
  Future<int> future;
  loop->run(loop, [&] { future = waits(frames, std::move(leaf.future)); });
  leaf.promise.set(1);  // posts the wake-up
  loop->run(loop, [&] { EXPECT_TRUE(future.ready()); });
  EXPECT_EQ(frames.alive(), 0);
}

TEST(DroppedCoroutine, IsNotResumedByAWakeUpThatIsUnderWay) {
  auto loop = std::make_shared<ManualExecutor>();
  Frames frames;
  Leaf<int> leaf;
  Future<int> future;
  loop->run(loop, [&] { future = waits(frames, std::move(leaf.future)); });
  future = Future<int>();  // posts the end
  leaf.promise.set(1);     // posts the wake-up, behind it
  loop->turn();
  EXPECT_EQ(frames.alive(), 0);
}

TEST(DroppedCoroutine, ThatDropsItselfEndsWhereItSuspendsNext) {
  Frames frames;
  Leaf<int> first, second;
  Future<int> own;
  bool went_on = false;
  const auto work = [](Frames& alive, Future<int> one, Future<int> two, Future<int>& self,
                       bool& reached) -> Future<int> {
    const Frames::Tracer tracer(alive);
    co_await std::move(one);
    self = Future<int>();
    EXPECT_EQ(alive.alive(), 1);
    co_await std::move(two);
    reached = true;
    co_return 1;
  };
  own = work(frames, std::move(first.future), std::move(second.future), own, went_on);
  first.promise.set(1);
  EXPECT_EQ(frames.alive(), 0);
  EXPECT_FALSE(went_on);
  EXPECT_TRUE(*second.dropped);
}

TEST(DroppedCoroutine, ThatDropsItselfMayComeToItsEnd) {
  auto loop = std::make_shared<ManualExecutor>();
  for (const bool bound : {false, true}) {
    Frames frames;
    Leaf<int> leaf;
    Future<int> own;
    const auto work = [](Frames& alive, Future<int> one, Future<int>& self) -> Future<int> {
      const Frames::Tracer tracer(alive);
      co_await std::move(one);
      self = Future<int>();
      co_return 1;
    };
    const auto start = [&] { own = work(frames, std::move(leaf.future), own); };
    bound ? loop->run(loop, start) : start();
    leaf.promise.set(1);
    loop->turn();
    EXPECT_EQ(frames.alive(), 0);
  }
}

TEST(DroppedCoroutine, IsDestroyedOnAnExecutorThatRunsThingsInsidePost) {
  class Stopped final : public Executor {
   public:
    void post(Task task) override { task(); }
    bool is_current() const override { return false; }
  };
  Frames frames;
  Leaf<int> leaf;
  Future<int> future;
  const Scope scope{std::make_shared<Stopped>(), nullptr};
  {
    const detail::ScopeGuard guard(&scope);
    future = waits(frames, std::move(leaf.future));
  }
  future = Future<int>();
  EXPECT_EQ(frames.alive(), 0);
}

TEST(DroppedCoroutine, MayStartAnotherFromADestructor) {
  struct Starts {
    ~Starts() { started->emplace_back(waits(*frames, std::move(*next))); }
    std::vector<Future<int>>* started;
    Frames* frames;
    Future<int>* next;
  };
  auto loop = std::make_shared<ManualExecutor>();
  std::vector<Future<int>> started;
  Frames frames;
  Leaf<int> leaf, next;
  const auto work = [](Future<int> one, std::unique_ptr<Starts>) -> Future<void> {
    co_await std::move(one);
  };
  loop->run(loop, [&] {
    detail::when_ready(work(std::move(leaf.future),
                            std::unique_ptr<Starts>(new Starts{&started, &frames, &next.future})),
                       [](Future<void>) {});
  });
  leaf.promise.set(1);
  loop->turn();
  ASSERT_EQ(started.size(), 1U);
  next.promise.set(3);
  loop->turn();
  EXPECT_EQ(started[0].get(), 3);
}

// --- Where it resumes ---

Future<void> notes_where(Future<int> future, const Executor* executor, bool& there) {
  co_await std::move(future);
  there = executor->is_current();
}

TEST(Coroutine, ResumesWhereItWasStarted) {
  auto loop = std::make_shared<ManualExecutor>();
  Leaf<int> leaf;
  bool there = false;
  Future<void> done;
  loop->run(loop, [&] { done = notes_where(std::move(leaf.future), loop.get(), there); });
  leaf.promise.set(1);
  EXPECT_FALSE(done.ready());
  loop->turn();
  EXPECT_TRUE(done.ready());
  EXPECT_TRUE(there);
}

TEST(Coroutine, WithoutExecutorGoesToTheHomeOfWhatItWaitsFor) {
  auto loop = std::make_shared<ManualExecutor>();
  Leaf<int> homed(loop), homeless;
  bool there = false;
  const auto work = [](Future<int> one, Future<int> two, const Executor* at,
                       bool& flag) -> Future<void> {
    co_await std::move(one);
    co_await notes_where(std::move(two), at, flag);
  };
  const Future<void> done =
      work(std::move(homed.future), std::move(homeless.future), loop.get(), there);
  homed.promise.set(1);
  loop->turn();
  homeless.promise.set(1);
  EXPECT_FALSE(done.ready());
  loop->turn();
  EXPECT_TRUE(there);
}

TEST(Coroutine, MovesWithOn) {
  auto from = std::make_shared<ManualExecutor>();
  auto to = std::make_shared<ManualExecutor>();
  bool there = false;
  const auto work = [](std::shared_ptr<Executor> target, bool& flag) -> Future<void> {
    co_await on(target);
    flag = target->is_current() && detail::current_scope()->executor == target;
  };
  Future<void> done;
  from->run(from, [&] { done = work(to, there); });
  EXPECT_FALSE(done.ready());
  to->turn();
  EXPECT_TRUE(done.ready());
  EXPECT_TRUE(there);
}

TEST(Coroutine, MayBeDroppedWhileItMoves) {
  auto from = std::make_shared<ManualExecutor>();
  auto to = std::make_shared<ManualExecutor>();
  const auto work = [](Frames& frames, std::shared_ptr<Executor> target) -> Future<void> {
    const Frames::Tracer tracer(frames);
    co_await on(std::move(target));
  };
  Frames frames;
  Future<void> done;
  from->run(from, [&] {
    done = work(frames, to);
    done = Future<void>();
    EXPECT_EQ(frames.alive(), 0);
    done = work(frames, to);
  });
  done = Future<void>();
  EXPECT_EQ(frames.alive(), 1);
  to->turn();  // it arrives, and its end is posted after it
  from->turn();
  to->turn();
  EXPECT_EQ(frames.alive(), 0);
}

TEST(Spawn, StartsOnTheExecutorAndKeepsTheClosure) {
  auto loop = std::make_shared<ManualExecutor>();
  Leaf<int> leaf;
  Future<int> sum = spawn(loop, [text = std::string(100, 'x'), &leaf]() -> Future<int> {
    co_return co_await std::move(leaf.future) + static_cast<int>(text.size());
  });
  loop->turn();
  leaf.promise.set(1);
  loop->turn();
  EXPECT_EQ(sum.get(), 101);
}

// --- Scopes ---

class FakeCall final : public CallContext {
 public:
  SteadyTime deadline() const override { return SteadyTime::max(); }
  bool cancelled() const override { return false; }
  std::uint64_t on_cancel(Task) override { return 0; }
  void forget(std::uint64_t) override {}
};

Future<void> notes_call(Future<int> wait, const CallContext*& seen) {
  co_await std::move(wait);
  seen = detail::current_scope()->call.get();
}

TEST(Scope, IsInheritedAndThereAgainAfterEveryWait) {
  auto loop = std::make_shared<ManualExecutor>();
  const Scope scope{loop, std::make_shared<FakeCall>()};
  Leaf<int> first, second;
  const CallContext* seen = nullptr;
  const CallContext* inner = nullptr;
  const auto work = [](Future<int> one, Future<int> two, const CallContext*& here,
                       const CallContext*& deeper) -> Future<void> {
    co_await std::move(one);
    here = detail::current_scope()->call.get();
    co_await notes_call(std::move(two), deeper);
  };
  Future<void> done;
  {
    const detail::ScopeGuard guard(&scope);
    done = work(std::move(first.future), std::move(second.future), seen, inner);
    EXPECT_EQ(detail::current_scope(), &scope);
  }
  EXPECT_EQ(detail::current_scope()->call, nullptr);
  first.promise.set(1);
  loop->turn();
  EXPECT_EQ(seen, scope.call.get());
  EXPECT_EQ(detail::current_scope()->call, nullptr);
  second.promise.set(1);
  loop->turn();
  EXPECT_EQ(inner, scope.call.get());
  EXPECT_TRUE(done.ready());
  EXPECT_EQ(scope.call.use_count(), 1);
  EXPECT_EQ(loop.use_count(), 1 + 1);
}

TEST(Scope, OfTheCompletingCodeIsBackWhenTheResumedCoroutineHasEnded) {
  const Scope scope{nullptr, std::make_shared<FakeCall>()};
  Leaf<int> leaf;
  const CallContext* seen = scope.call.get();
  const Future<void> done = notes_call(std::move(leaf.future), seen);
  const detail::ScopeGuard guard(&scope);
  leaf.promise.set(1);
  EXPECT_EQ(seen, nullptr);
  EXPECT_EQ(detail::current_scope(), &scope);
}

}  // namespace
}  // namespace cpp_lite
