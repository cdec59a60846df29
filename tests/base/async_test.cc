#include <cpp_lite/async.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "support/executors.h"
#include "support/fake_loop.h"
#include "tracer.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;
using support::FakeLoop;
using support::ManualExecutor;

// Three leaves, and the order to complete them in.
struct Three {
  Leaf<int> a;
  Leaf<void> b;
  Leaf<std::unique_ptr<std::string>> c;

  void complete(int which) {
    if (which == 0) a.promise.set(1);
    if (which == 1) b.promise.set();
    if (which == 2) c.promise.set(std::make_unique<std::string>("c"));
  }
  void fail(int which) {
    const auto why = std::make_exception_ptr(std::runtime_error("no"));
    if (which == 0) a.promise.fail(why);
    if (which == 1) b.promise.fail(why);
    if (which == 2) c.promise.fail(why);
  }
  bool dropped(int which) const {
    return which == 0 ? *a.dropped : which == 1 ? *b.dropped : *c.dropped;
  }
  auto all() { return when_all(std::move(a.future), std::move(b.future), std::move(c.future)); }
  auto any() { return when_any(std::move(a.future), std::move(b.future), std::move(c.future)); }
};

TEST(WhenAll, YieldsAllInWhateverOrderTheyCome) {
  std::array<int, 3> order{0, 1, 2};
  do {
    Three three;
    auto all = three.all();
    for (const int which : order) {
      EXPECT_FALSE(all.ready());
      three.complete(which);
    }
    auto [a, b, c] = all.get();
    EXPECT_EQ(a, 1);
    EXPECT_EQ(*c, "c");
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(WhenAll, FailsWithTheFirstInOrderAndDropsWhatComesAfter) {
  Three three;
  auto all = three.all();
  three.fail(1);
  EXPECT_FALSE(all.ready());
  three.complete(0);
  EXPECT_TRUE(all.ready());
  EXPECT_TRUE(three.dropped(2));
  EXPECT_THROW((void)all.get(), std::runtime_error);
}

TEST(WhenAll, DropsEverythingWhenItIsDropped) {
  for (int completed = -1; completed < 3; ++completed) {
    Three three;
    auto all = three.all();
    three.complete(completed);
    all = {};
    for (int which = 0; which < 3; ++which) EXPECT_EQ(three.dropped(which), which != completed);
  }
}

TEST(WhenAll, TakesAVector) {
  Leaf<int> first, second;
  std::vector<Future<int>> futures;
  futures.push_back(std::move(first.future));
  futures.push_back(std::move(second.future));
  futures.emplace_back(3);
  Future<std::vector<int>> all = when_all(std::move(futures));
  second.promise.set(2);
  EXPECT_FALSE(all.ready());
  first.promise.set(1);
  EXPECT_EQ(all.get(), (std::vector<int>{1, 2, 3}));
  EXPECT_TRUE(when_all(std::vector<Future<int>>()).get().empty());
}

TEST(WhenAny, YieldsTheFirstAndDropsTheOthers) {
  for (int winner = 0; winner < 3; ++winner) {
    Three three;
    auto any = three.any();
    EXPECT_FALSE(any.ready());
    three.complete(winner);
    EXPECT_EQ(any.get().index(), static_cast<std::size_t>(winner));
    for (int which = 0; which < 3; ++which) EXPECT_EQ(three.dropped(which), which != winner);
    for (int which = 0; which < 3; ++which) {
      if (which != winner) three.complete(which);
    }
  }
}

TEST(WhenAny, YieldsWhatIsThereAlready) {
  for (int winner = 0; winner < 3; ++winner) {
    Three three;
    three.complete(winner);
    auto any = three.any();
    EXPECT_TRUE(any.ready());
    EXPECT_EQ(any.get().index(), static_cast<std::size_t>(winner));
  }
  EXPECT_EQ(std::get<0>(when_any(Future<int>(1), Future<int>(2)).get()), 1);
}

TEST(WhenAny, CountsAFailureAsAResult) {
  for (int loser = 0; loser < 3; ++loser) {
    Three three;
    auto any = three.any();
    three.fail(loser);
    EXPECT_THROW((void)any.get(), std::runtime_error);
    for (int which = 0; which < 3; ++which) EXPECT_EQ(three.dropped(which), which != loser);
  }
}

TEST(WhenAny, DropsEverythingWhenItIsDropped) {
  Three three;
  auto any = three.any();
  any = {};
  for (int which = 0; which < 3; ++which) EXPECT_TRUE(three.dropped(which));
}

TEST(WhenAny, HasOneWinnerWhenThreadsRace) {
  for (int i = 0; i < 500; ++i) {
    support::ThreadExecutor one, two;
    Leaf<int> a, b;
    auto any = when_any(std::move(a.future), std::move(b.future));
    one.post([promise = std::move(a.promise)]() mutable { promise.set(0); });
    two.post([promise = std::move(b.promise)]() mutable { promise.set(1); });
    if (i % 3 == 0) {
      any = {};
      continue;
    }
    auto result = any.get();
    EXPECT_EQ(result.index() == 0 ? std::get<0>(result) : std::get<1>(result),
              static_cast<int>(result.index()));
  }
}

TEST(WhenAny, MakesATimeoutOfSleep) {
  auto loop = FakeLoop::create();
  Leaf<int> leaf(loop);
  auto any = when_any(std::move(leaf.future), sleep(loop, 5ms));
  loop->advance(4ms);
  EXPECT_FALSE(any.ready());
  loop->advance(1ms);
  EXPECT_EQ(any.get().index(), 1U);
  EXPECT_TRUE(*leaf.dropped);
}

TEST(Sleep, EndsWhenItsTimeHasCome) {
  auto loop = FakeLoop::create();
  const Future<void> slept = sleep(loop, 5ms);
  loop->advance(5ms - 1ns);
  EXPECT_FALSE(slept.ready());
  loop->advance(1ns);
  EXPECT_TRUE(slept.ready());
}

TEST(Sleep, DisarmsItsTimerWhenItIsDropped) {
  auto loop = FakeLoop::create();
  Future<void> slept = sleep(loop, 5ms);
  EXPECT_EQ(loop->armed_timers(), 1U);
  slept = Future<void>();
  EXPECT_EQ(loop->armed_timers(), 0U);
}

TEST(Sleep, CanBeAskedForAndDroppedOnAnotherThread) {
  auto loop = FakeLoop::create();
  std::thread([&] {
    Future<void> dropped = sleep(loop, 5ms);
    dropped = Future<void>();
  }).join();
  loop->run_until_idle();
  EXPECT_EQ(loop->armed_timers(), 0U);
  Future<void> slept;
  std::thread([&] { slept = sleep(loop, 5ms); }).join();
  loop->advance(5ms);
  EXPECT_TRUE(slept.ready());
}

TEST(Sleep, OfZeroOrLessEndsWithoutTheClock) {
  auto loop = FakeLoop::create();
  const Future<void> none = sleep(loop, 0ns);
  const Future<void> less = sleep(loop, -1h);
  loop->run_until_idle();
  EXPECT_TRUE(none.ready());
  EXPECT_TRUE(less.ready());
}

TEST(Sleep, LastsForEverWhenItsTimeIsBeyondTheClock) {
  auto loop = FakeLoop::create();
  const Future<void> slept = sleep(loop, std::chrono::nanoseconds::max());
  loop->advance(std::chrono::hours(24 * 365));
  EXPECT_FALSE(slept.ready());
}

}  // namespace
}  // namespace cpp_lite
