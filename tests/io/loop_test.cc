#include <cpp_lite/future.h>
#include <cpp_lite/loop.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "io/io_support.h"
#include "io/socket.h"

namespace cpp_lite::io {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::shared_ptr<Loop> hand_turned(Clock* clock = nullptr) {
  return Loop::create({.clock = clock, .thread = false});
}

TEST(Loop, RunsTasksInTheOrderInWhichTheyWerePosted) {
  const auto loop = hand_turned();
  std::string ran;
  for (const char c : {'a', 'b', 'c'}) loop->post([&ran, c] { ran += c; });
  EXPECT_EQ(ran, "");
  EXPECT_EQ(loop->poll(), 3u);
  EXPECT_EQ(ran, "abc");
  EXPECT_EQ(loop->poll(), 0u);
}

TEST(Loop, RunsWhatATaskPostsAfterTheTask) {
  const auto loop = hand_turned();
  std::string ran;
  loop->post([&] {
    loop->post([&] { ran += "inner"; });
    ran += "outer ";
  });
  loop->poll();
  EXPECT_EQ(ran, "outer inner");
}

TEST(Loop, IsCurrentInsideItsTasksOnly) {
  const auto loop = Loop::create();
  EXPECT_FALSE(loop->is_current());
  run_on(*loop, [&] { EXPECT_TRUE(loop->is_current()); });
  EXPECT_FALSE(loop->is_current());
}

TEST(Loop, RunsAllThatManyThreadsPost) {
  constexpr int kThreads = 4;
  constexpr int kTasks = 5000;
  const auto loop = Loop::create();
  std::array<int, kThreads> next{};  // touched by the loop alone
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kTasks; ++i) {
        loop->post([&, t, i] { EXPECT_EQ(next[static_cast<std::size_t>(t)]++, i); });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  run_on(*loop, [&] { EXPECT_EQ(next, (std::array{kTasks, kTasks, kTasks, kTasks})); });
}

TEST(Loop, ATaskThatRepostsItselfLeavesRoomForSockets) {
  bool over = false;
  std::shared_ptr<Loop> loop;  // goes first: what was posted last runs then
  std::function<void()> again = [&] {
    if (!over) loop->post(again);
  };
  loop = hand_turned();
  loop->post(again);
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
  const auto transport = adopt_socket(*loop, Fd(pair[0]), "unix:", {});
  const Fd peer(pair[1]);
  Notes notes;
  transport->start(notes);
  ASSERT_EQ(::send(peer.get(), "x", 1, 0), 1);
  EXPECT_TRUE(turn_until(*loop, [&] { return notes.received == "x"; }));
  over = true;
}

// --- Timers
// ----------------------------------------------------------------------------------------

TEST(Loop, FiresTimersWhenItsClockIsMoved) {
  HandClock clock;
  const auto loop = hand_turned(&clock);
  std::string rang;
  Timer early(*loop);
  Timer late(*loop);
  late.start(clock.now() + seconds(2), [&] { rang += "late"; });
  early.start(clock.now() + seconds(1), [&] { rang += "early "; });
  turn_until_idle(*loop);
  EXPECT_EQ(rang, "");
  clock.advance(seconds(1));
  EXPECT_EQ(loop->poll(), 1u);
  EXPECT_EQ(rang, "early ");
  clock.advance(seconds(9));
  EXPECT_EQ(loop->poll(), 1u);
  EXPECT_EQ(rang, "early late");
}

TEST(Loop, WakesUpWhenAnotherThreadMovesItsClock) {
  HandClock clock;
  const auto loop = Loop::create({.clock = &clock});
  Event rang;
  SteadyTime when;
  Timer timer(*loop);
  const SteadyTime start = clock.now();
  run_on(*loop, [&] {
    timer.start(start + seconds(5), [&] {
      when = loop->now();
      rang.set();
    });
  });
  clock.advance(seconds(4));
  clock.advance(seconds(1));
  ASSERT_TRUE(rang.wait());
  EXPECT_EQ(when, start + seconds(5));
  run_on(*loop, [&] { EXPECT_FALSE(timer.armed()); });
}

TEST(Loop, FiresATimerThatIsDueAlreadyThoughNobodyMovesTheClock) {
  HandClock clock;
  const auto loop = Loop::create({.clock = &clock});
  Event rang;
  Timer timer(*loop);
  int times = 0;
  std::function<void()> again = [&] {
    if (++times == 3) return rang.set();
    timer.start(clock.now(), again);
  };
  run_on(*loop, [&] { timer.start(clock.now() - seconds(1), again); });
  EXPECT_TRUE(rang.wait());
}

TEST(Loop, FiresTimersByRealTimeWithoutAClock) {
  const auto loop = Loop::create();
  Event rang;
  SteadyTime when;
  Timer timer(*loop);
  Timer later(*loop);
  Timer never(*loop);
  SteadyTime due;
  run_on(*loop, [&] {
    due = loop->now() + milliseconds(5);
    never.start(SteadyTime::max(), [] { FAIL(); });
    later.start(due + seconds(1000), [] { FAIL(); });
    timer.start(due, [&] {
      when = loop->now();
      rang.set();
    });
  });
  ASSERT_TRUE(rang.wait());
  EXPECT_GE(when, due);
  run_on(*loop, [&] { later.stop(); });
}

TEST(Loop, FiresATimerThatReplacesAnEarlierOne) {
  const auto loop = Loop::create();
  Event rang;
  Timer first(*loop);
  Timer second(*loop);
  run_on(*loop, [&] {
    first.start(loop->now() + milliseconds(1), [] { FAIL(); });
    second.start(loop->now() + milliseconds(5), [&] { rang.set(); });
    first.stop();
  });
  EXPECT_TRUE(rang.wait());
}

// --- Busy polling
// ----------------------------------------------------------------------------------

// One that never comes to sleep while the test runs.
std::shared_ptr<Loop> busy_loop(Clock* clock = nullptr) {
  return Loop::create({.clock = clock, .busy_poll = std::chrono::hours(1)});
}

TEST(BusyPolling, RunsWhatOtherThreadsPostAndEnds) {
  auto loop = busy_loop();
  for (int i = 0; i < 100; ++i) run_on(*loop, [&] { EXPECT_TRUE(loop->is_current()); });
  loop->stop();
  loop.reset();
}

TEST(BusyPolling, FiresTimersByRealTimeAndByAClockThatIsMoved) {
  HandClock clock;
  for (Clock* const time : {static_cast<Clock*>(nullptr), static_cast<Clock*>(&clock)}) {
    const auto loop = busy_loop(time);
    Event rang;
    Timer timer(*loop);
    run_on(*loop, [&] { timer.start(loop->now() + milliseconds(1), [&] { rang.set(); }); });
    clock.advance(milliseconds(1));
    EXPECT_TRUE(rang.wait());
  }
}

TEST(BusyPolling, ServesSockets) {
  const auto loop = busy_loop();
  std::array<int, 2> pair{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
  const Fd peer(pair[1]);
  Notes notes;
  Event arrived;
  std::unique_ptr<h2::Transport> transport;
  notes.at_bytes = [&] { arrived.set(); };
  run_on(*loop, [&] {
    transport = adopt_socket(*loop, Fd(pair[0]), "unix:", {});
    transport->start(notes);
  });
  ASSERT_EQ(::send(peer.get(), "x", 1, 0), 1);
  EXPECT_TRUE(arrived.wait());
  run_on(*loop, [&] { transport.reset(); });
}

TEST(BusyPolling, GetFindsWhatComesBeforeAndAfterItsTime) {
  for (const std::chrono::nanoseconds time :
       {std::chrono::nanoseconds(1), std::chrono::nanoseconds(std::chrono::hours(1))}) {
    const auto loop = Loop::create({.busy_poll = time});
    for (int i = 0; i < 100; ++i) {
      detail::Promise<int> promise(loop);
      Future<int> future = promise.future();
      loop->post([promise = std::move(promise), i]() mutable { promise.set(i); });
      EXPECT_EQ(std::move(future).get(), i);
    }
  }
}

// --- The end
// ---------------------------------------------------------------------------------------

TEST(Loop, RunsWhatWasPostedBeforeItStops) {
  const auto loop = hand_turned();
  std::string ran;
  loop->post([&] { ran += "a"; });
  loop->stop();
  loop->post([&] { ran += "b"; });
  loop->run();
  EXPECT_EQ(ran, "ab");
  EXPECT_EQ(loop->poll(), 0u);
}

TEST(Loop, RunsWhatWasPostedBeforeItsLastReferenceGoes) {
  for (const bool thread : {false, true}) {
    auto loop = Loop::create({.thread = thread});
    bool ran = false;
    loop->post([&] { ran = true; });
    loop.reset();
    EXPECT_TRUE(ran);
  }
}

TEST(Loop, RunsTasksInsidePostOnceItHasStopped) {
  const auto loop = hand_turned();
  loop->stop();
  loop->run();
  bool ran = false;
  loop->post([&] { ran = loop->is_current(); });
  EXPECT_TRUE(ran);
  EXPECT_FALSE(loop->is_current());
}

TEST(Loop, RunsTasksOneAfterTheOtherEvenThen) {
  const auto loop = hand_turned();
  loop->stop();
  loop->run();
  std::string ran;
  loop->post([&] {
    loop->post([&] { ran += "inner"; });
    ran += "outer ";
  });
  EXPECT_EQ(ran, "outer inner");
}

TEST(Loop, RunsTasksOfManyThreadsOneAtATimeOnceItHasStopped) {
  const auto loop = hand_turned();
  loop->stop();
  loop->run();
  int count = 0;  // not atomic, for the thread sanitizer to look at
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) loop->post([&] { ++count; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  loop->post([&] { EXPECT_EQ(count, 8000); });
}

TEST(Loop, DoesNotLockUpTwoThreadsThatPostToEachOthersStoppedLoops) {
  const auto left = hand_turned();
  const auto right = hand_turned();
  for (const auto& loop : {left, right}) {
    loop->stop();
    loop->run();
  }
  const auto cross = [](const std::shared_ptr<Loop>& a, const std::shared_ptr<Loop>& b) {
    for (int i = 0; i < 2000; ++i) {
      a->post([&b] { b->post([] {}); });
    }
  };
  std::thread other([&] { cross(right, left); });
  cross(left, right);
  other.join();
}

TEST(Loop, ItsLastReferenceMayGoOnItsOwnThread) {
  Event gone;
  auto loop = Loop::create();
  Loop* alias = loop.get();
  alias->post([loop = std::move(loop), alias, &gone]() mutable {
    loop.reset();
    alias->post([&gone] { gone.set(); });  // still served
  });
  EXPECT_TRUE(gone.wait());
}

TEST(Loop, ItsLastReferenceMayGoInsideATaskThatRunsInsidePost) {
  auto loop = Loop::create();
  Loop* alias = loop.get();
  run_on(*loop, [] {});
  loop->stop();
  Event done;
  alias->post([loop = std::move(loop), &done]() mutable {
    loop.reset();
    done.set();
  });
  EXPECT_TRUE(done.wait());
}

TEST(Loop, ItsLastReferenceMayGoInsidePoll) {
  auto loop = hand_turned();
  Loop* alias = loop.get();
  bool ran = false;
  alias->post([&ran, loop = std::move(loop)]() mutable {
    loop.reset();
    ran = true;
  });
  alias->poll();
  EXPECT_TRUE(ran);
}

TEST(Loop, DropsItsTimersWhenItStops) {
  HandClock clock;
  const auto loop = hand_turned(&clock);
  const auto held = std::make_shared<int>();
  Timer timer(*loop);
  timer.start(clock.now() + seconds(1), [held] { FAIL(); });
  loop->stop();
  loop->run();
  EXPECT_FALSE(timer.armed());
  EXPECT_EQ(held.use_count(), 1);
  timer.start(clock.now(), [] { FAIL(); });
  clock.advance(seconds(1));
  EXPECT_EQ(loop->poll(), 0u);
}

TEST(Loop, StopsFromInsideATask) {
  const auto loop = hand_turned();
  bool ran = false;
  loop->post([&] {
    loop->stop();
    loop->post([&] { ran = true; });
  });
  loop->run();
  EXPECT_TRUE(ran);
}

TEST(Loop, StartsAndEndsManyTimesWithoutRest) {
  std::atomic<int> ran = 0;
  for (int i = 0; i < 100; ++i) {
    const auto loop = Loop::create();
    loop->post([&] { ++ran; });
  }
  EXPECT_EQ(ran, 100);
}

}  // namespace
}  // namespace cpp_lite::io
