#include "policy/breaker.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace cpp_lite::policy {
namespace {

using namespace std::chrono_literals;
using State = Breaker::State;
constexpr auto kOk = Judgement::success, kFailed = Judgement::failure,
               kIgnored = Judgement::ignored;

// The random number is 0.5, so that times are as they are written.
struct Broken {
  explicit Broken(CircuitBreakerOptions options = {}, double random = 0.5)
      : breaker(options, [random] { return random; }) {}

  // Calls that begin and end at once; how many were let through.
  int calls(int count, Judgement end) {
    int admitted = 0;
    for (int i = 0; i < count; ++i) {
      const auto permit = breaker.admit(now);
      if (permit) breaker.settle(*permit, end, now);
      admitted += permit ? 1 : 0;
    }
    return admitted;
  }
  void break_it() { EXPECT_EQ(calls(10, kFailed), 10); }
  auto begin() { return breaker.admit(now).value(); }
  void end(const Breaker::Permit& permit, Judgement judgement) {
    breaker.settle(permit, judgement, now);
  }

  Breaker breaker;
  SteadyTime now{1h};
};

TEST(Breaker, StaysClosedBelowTenCalls) {
  Broken it;
  EXPECT_EQ(it.calls(9, kFailed), 9);
  EXPECT_EQ(it.breaker.state(), State::closed);
  EXPECT_EQ(it.calls(1, kFailed), 1);
  EXPECT_EQ(it.breaker.state(), State::open);
  EXPECT_EQ(it.calls(5, kOk), 0);
}

TEST(Breaker, OpensAtHalfOfTheCalls) {
  Broken it;
  it.calls(11, kOk);
  it.calls(9, kFailed);
  EXPECT_EQ(it.breaker.state(), State::closed);  // 9 of 20
  it.calls(1, kFailed);
  EXPECT_EQ(it.breaker.state(), State::open);  // 10 of the last 20
}

TEST(Breaker, LooksAtTheLastTwentyCalls) {
  Broken it;
  it.calls(1'000, kOk);
  it.calls(9, kFailed);
  it.calls(11, kOk);
  it.calls(9, kFailed);
  EXPECT_EQ(it.breaker.state(), State::closed);
}

TEST(Breaker, OpensOnASuccessIfThatCompletesTheTen) {
  Broken it;
  it.calls(9, kFailed);
  it.calls(1, kOk);
  EXPECT_EQ(it.breaker.state(), State::open);
}

TEST(Breaker, DoesNotCountWhatSaysNothing) {
  Broken it;
  it.calls(9, kFailed);
  it.calls(100, kIgnored);
  EXPECT_EQ(it.breaker.state(), State::closed);
}

TEST(Breaker, LetsThreeProbesThroughAfterFiveSeconds) {
  Broken it;
  it.break_it();
  it.now += 5s - 1ns;
  EXPECT_FALSE(it.breaker.would_admit(it.now));
  EXPECT_EQ(it.calls(1, kOk), 0);
  it.now += 1ns;
  EXPECT_TRUE(it.breaker.would_admit(it.now));
  const auto first = it.begin(), second = it.begin(), third = it.begin();
  EXPECT_TRUE(first.probe && second.probe && third.probe);
  EXPECT_EQ(it.breaker.state(), State::half_open);
  EXPECT_FALSE(it.breaker.would_admit(it.now));
  EXPECT_EQ(it.breaker.admit(it.now), std::nullopt);
}

TEST(Breaker, ClosesWhenAllProbesSucceeded) {
  Broken it;
  it.break_it();
  it.now += 5s;
  const auto first = it.begin(), second = it.begin(), third = it.begin();
  it.end(second, kOk);
  it.end(first, kOk);
  EXPECT_EQ(it.breaker.state(), State::half_open);
  EXPECT_FALSE(it.breaker.would_admit(it.now));  // a success is no place for another probe
  it.end(third, kOk);
  EXPECT_EQ(it.breaker.state(), State::closed);
  EXPECT_EQ(it.calls(9, kFailed), 9);  // with an empty window
  EXPECT_EQ(it.breaker.state(), State::closed);
}

TEST(Breaker, OpensAgainAtTheFirstFailedProbe) {
  Broken it;
  it.break_it();
  it.now += 5s;
  const auto first = it.begin(), second = it.begin();
  it.end(first, kFailed);
  EXPECT_EQ(it.breaker.state(), State::open);
  it.end(second, kOk);  // too late to matter
  EXPECT_EQ(it.breaker.state(), State::open);
}

TEST(Breaker, GivesThePlaceOfAProbeThatSaidNothingToAnother) {
  Broken it;
  it.break_it();
  it.now += 5s;
  EXPECT_EQ(it.calls(50, kIgnored), 50);
  EXPECT_EQ(it.breaker.state(), State::half_open);
  EXPECT_EQ(it.calls(50, kOk), 50);
  EXPECT_EQ(it.breaker.state(), State::closed);
}

TEST(Breaker, StaysOpenTwiceAsLongEachTimeUpToAMinute) {
  Broken it;
  it.break_it();
  for (const auto expected : {5s, 10s, 20s, 40s, 60s, 60s}) {
    EXPECT_EQ(it.breaker.open_until() - it.now, expected);
    it.now = it.breaker.open_until();
    it.end(it.begin(), kFailed);
  }
  it.now = it.breaker.open_until();
  it.calls(3, kOk);
  it.break_it();
  EXPECT_EQ(it.breaker.open_until() - it.now, 5s);
}

TEST(Breaker, SpreadsTheTimeByTwentyPercent) {
  Broken early({}, 0.0), late({}, 1.0 - 1e-12);
  early.break_it();
  late.break_it();
  EXPECT_EQ(early.breaker.open_until() - early.now, 4s);
  EXPECT_LT(late.breaker.open_until() - late.now, 6s);
  EXPECT_GT(late.breaker.open_until() - late.now, 6s - 1us);
}

TEST(Breaker, IgnoresCallsOfAnEarlierState) {
  Broken it;
  const auto old_one = it.begin();
  it.break_it();
  it.now += 5s;
  it.calls(3, kOk);
  for (int i = 0; i < 20; ++i) it.end(old_one, kFailed);
  EXPECT_EQ(it.breaker.state(), State::closed);
}

TEST(Breaker, TakesOptionsThatMakeNoSenseForTheNearestThatDo) {
  Broken it({.window = 0, .min_calls = -5, .probes = 0});
  it.calls(1, kFailed);
  EXPECT_EQ(it.breaker.state(), State::open);
  it.now += 5s;
  EXPECT_EQ(it.calls(1, kOk), 1);
  EXPECT_EQ(it.breaker.state(), State::closed);
  Broken greedy({.window = 5, .min_calls = 50});
  EXPECT_EQ(greedy.calls(50, kFailed), 5);
}

// However calls overlap, a half-open breaker has three probes at most under way, and it closes
// only after three successes.
TEST(Breaker, NeverLosesAProbesPlace) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    Broken it;
    std::vector<Breaker::Permit> running;
    for (int step = 0; step < 2'000; ++step) {
      it.now += std::chrono::milliseconds(random() % 500);
      if (const auto permit = it.breaker.admit(it.now)) running.push_back(*permit);
      if (running.empty() || random() % 3 == 0) continue;
      std::swap(running[random() % running.size()], running.back());
      it.end(running.back(), static_cast<Judgement>(random() % 3));
      running.pop_back();
    }
    for (const auto& permit : running) it.end(permit, kIgnored);
    it.now += 1h;
    EXPECT_TRUE(it.breaker.would_admit(it.now)) << "seed " << seed;
    EXPECT_GE(it.calls(3, kOk), 1) << "seed " << seed;
    EXPECT_EQ(it.breaker.state(), State::closed) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cpp_lite::policy
