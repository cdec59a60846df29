#include "io/timer_heap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <random>
#include <string>
#include <vector>

namespace cpp_lite::io {
namespace {

using std::chrono::seconds;

// A loop that is a heap and nothing else.
class HeapLoop final : public Loop {
 public:
  void post(Task) override {}
  bool is_current() const override { return true; }
  const Clock& clock() const override { return system_steady_clock(); }
  void stop() override {}
  void run() override {}
  std::size_t poll() override { return 0; }

  TimerHeap heap;

 private:
  void start_timer(Timer& timer) override { heap.add(timer); }
  void stop_timer(Timer& timer) override { heap.remove(timer); }
};

SteadyTime at(int second) { return SteadyTime(seconds(second)); }

TEST(TimerHeap, ExpiresInTheOrderOfTime) {
  HeapLoop loop;
  std::vector<int> rang;
  std::deque<Timer> timers;
  for (const int when : {5, 1, 4, 2, 3}) {
    timers.emplace_back(loop).start(at(when), [&rang, when] { rang.push_back(when); });
  }
  EXPECT_EQ(loop.heap.next(), at(1));
  EXPECT_EQ(loop.heap.expire(at(3)), 3u);
  EXPECT_EQ(rang, (std::vector{1, 2, 3}));
  EXPECT_EQ(loop.heap.expire(at(9)), 2u);
  EXPECT_EQ(loop.heap.next(), SteadyTime::max());
}

TEST(TimerHeap, ExpiresEqualTimesInTheOrderOfTheirStart) {
  HeapLoop loop;
  std::vector<int> rang;
  std::deque<Timer> timers;
  for (int i = 0; i < 100; ++i) {
    timers.emplace_back(loop).start(at(1), [&rang, i] { rang.push_back(i); });
  }
  loop.heap.expire(at(1));
  EXPECT_EQ(rang.size(), 100u);
  EXPECT_TRUE(std::is_sorted(rang.begin(), rang.end()));
}

TEST(TimerHeap, ForgetsStoppedTimers) {
  HeapLoop loop;
  std::string rang;
  Timer a(loop);
  Timer b(loop);
  a.start(at(1), [&] { rang += "a"; });
  b.start(at(2), [&] { rang += "b"; });
  a.stop();
  EXPECT_EQ(loop.heap.next(), at(2));
  {
    Timer c(loop);
    c.start(at(1), [&] { rang += "c"; });
  }
  loop.heap.expire(at(3));
  EXPECT_EQ(rang, "b");
}

TEST(TimerHeap, ATimerMayDestroyOthersWhileItExpires) {
  HeapLoop loop;
  std::string rang;
  auto victim = std::make_unique<Timer>(loop);
  Timer killer(loop);
  killer.start(at(1), [&] { victim.reset(); });
  victim->start(at(1), [&] { rang += "v"; });
  EXPECT_EQ(loop.heap.expire(at(1)), 1u);
  EXPECT_EQ(rang, "");
}

TEST(TimerHeap, LetsATimerThatRestartsItselfRingOncePerRound) {
  HeapLoop loop;
  int rang = 0;
  Timer timer(loop);
  std::function<void()> again = [&] {
    ++rang;
    timer.start(at(0), again);
  };
  timer.start(at(0), again);
  EXPECT_EQ(loop.heap.expire(at(1)), 1u);
  EXPECT_EQ(loop.heap.expire(at(1)), 1u);
  EXPECT_EQ(rang, 2);
}

TEST(TimerHeap, DoesNotLetARestartForThePastOvertakeWhatIsDue) {
  HeapLoop loop;
  Timer pushy(loop);
  std::function<void()> again = [&] { pushy.start(at(0), again); };
  pushy.start(at(0), again);
  bool rang = false;
  Timer patient(loop);
  patient.start(at(1), [&] { rang = true; });
  loop.heap.expire(at(1));
  EXPECT_TRUE(rang);
}

TEST(TimerHeap, ClearsWithoutRinging) {
  HeapLoop loop;
  Timer timer(loop);
  timer.start(at(1), [] { FAIL(); });
  loop.heap.clear();
  EXPECT_FALSE(timer.armed());
  EXPECT_EQ(loop.heap.size(), 0u);
}

TEST(TimerHeap, AgreesWithASortedListUnderRandomUse) {
  HeapLoop loop;
  std::mt19937 random(1);
  std::deque<Timer> timers;
  std::vector<int> rang(200, -1);
  for (int i = 0; i < 200; ++i) timers.emplace_back(loop);
  const auto pick = [&](int limit) { return static_cast<int>(random() % unsigned(limit)); };
  for (int now = 0; now < 300; ++now) {
    for (int i = 0; i < 20; ++i) {
      const auto which = static_cast<std::size_t>(pick(200));
      if (pick(3) == 0) {
        timers[which].stop();
      } else {
        timers[which].start(at(now + pick(50)), [&rang, which, now] { rang[which] = now; });
      }
    }
    SteadyTime first = SteadyTime::max();
    for (const Timer& timer : timers) {
      if (timer.armed()) first = std::min(first, timer.when());
    }
    ASSERT_EQ(loop.heap.next(), first);
    loop.heap.expire(at(now));
    for (const Timer& timer : timers) ASSERT_TRUE(!timer.armed() || timer.when() > at(now));
  }
}

}  // namespace
}  // namespace cpp_lite::io
