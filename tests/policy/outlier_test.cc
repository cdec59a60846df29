#include "policy/outlier.h"

#include <gtest/gtest.h>

namespace cpp_lite::policy {
namespace {

using namespace std::chrono_literals;

struct Watched {
  explicit Watched(int endpoints, OutlierOptions options = {}) : detector(options) {
    for (int i = 0; i < endpoints; ++i) names.push_back(name(i));
    detector.set_endpoints(names);
  }
  static std::string name(int i) { return "ipv4:10.0.0." + std::to_string(i) + ":50051"; }

  void calls(int endpoint, int failed, int succeeded) {
    for (int i = 0; i < failed; ++i) detector.record(name(endpoint), true);
    for (int i = 0; i < succeeded; ++i) detector.record(name(endpoint), false);
  }
  bool sweep() { return detector.sweep(now += 10s); }
  bool ejected(int endpoint) const { return detector.ejected(name(endpoint)); }
  // Has it fail until it is ejected at the next sweep.
  void fail(int endpoint) {
    calls(endpoint, 100, 0);
    EXPECT_TRUE(sweep());
  }

  std::vector<std::string> names;
  OutlierDetector detector;
  SteadyTime now{1h};
};

TEST(OutlierDetector, EjectsWhatFailsInMoreThan85Percent) {
  Watched it(10);
  it.calls(0, 85, 15);
  EXPECT_FALSE(it.sweep());
  it.calls(0, 86, 14);
  EXPECT_TRUE(it.sweep());
  EXPECT_TRUE(it.ejected(0));
  EXPECT_FALSE(it.ejected(1));
}

TEST(OutlierDetector, JudgesNobodyByFewerThanFiftyCalls) {
  Watched it(10);
  it.calls(0, 49, 0);
  EXPECT_FALSE(it.sweep());
  it.calls(0, 50, 0);
  EXPECT_TRUE(it.sweep());
}

TEST(OutlierDetector, CountsEachIntervalAnew) {
  Watched it(10);
  it.calls(0, 30, 0);
  it.sweep();
  it.calls(0, 30, 0);
  EXPECT_FALSE(it.sweep());
}

TEST(OutlierDetector, BringsBackAfterThirtySeconds) {
  Watched it(10);
  it.fail(0);
  EXPECT_FALSE(it.sweep());
  EXPECT_FALSE(it.sweep());
  EXPECT_TRUE(it.ejected(0));
  EXPECT_TRUE(it.sweep());
  EXPECT_FALSE(it.ejected(0));
}

TEST(OutlierDetector, EjectsForLongerEachTimeUpToFiveMinutes) {
  Watched it(10);
  for (int round = 1; round <= 14; ++round) {
    it.fail(0);
    const SteadyTime since = it.now;
    while (it.ejected(0)) it.sweep();
    EXPECT_EQ(it.now - since, std::min(30s * round, 300s));
  }
}

TEST(OutlierDetector, ForgetsAnEjectionForEachGoodInterval) {
  Watched it(10);
  for (int round = 0; round < 3; ++round) {
    it.fail(0);
    while (it.ejected(0)) it.sweep();
  }
  it.sweep();
  it.sweep();  // of three ejections one is left
  it.fail(0);
  const SteadyTime since = it.now;
  while (it.ejected(0)) it.sweep();
  EXPECT_EQ(it.now - since, 60s);
}

TEST(OutlierDetector, EjectsATenthAtMost) {
  Watched it(39);
  for (int i = 0; i < 39; ++i) it.calls(i, 100, 0);
  EXPECT_TRUE(it.sweep());
  EXPECT_EQ(it.detector.ejected_count(), 3U);
  for (int i = 0; i < 39; ++i) it.calls(i, 100, 0);
  it.sweep();
  EXPECT_EQ(it.detector.ejected_count(), 3U);
}

TEST(OutlierDetector, MayEjectOneOfFew) {
  Watched it(3);
  for (int i = 0; i < 3; ++i) it.calls(i, 100, 0);
  EXPECT_TRUE(it.sweep());
  EXPECT_EQ(it.detector.ejected_count(), 1U);
}

TEST(OutlierDetector, NeverEjectsTheOnlyOne) {
  Watched it(1);
  it.calls(0, 100, 0);
  EXPECT_FALSE(it.sweep());
}

TEST(OutlierDetector, KeepsTheHistoryOfEndpointsThatStay) {
  Watched it(10);
  it.fail(0);
  it.detector.set_endpoints({Watched::name(0), "ipv6:[::1]:1"});
  EXPECT_TRUE(it.ejected(0));
  it.detector.set_endpoints({"ipv6:[::1]:1"});
  it.detector.set_endpoints({Watched::name(0), "ipv6:[::1]:1"});
  EXPECT_FALSE(it.ejected(0));
}

TEST(OutlierDetector, IgnoresEndpointsThatItDoesNotKnow) {
  Watched it(2);
  it.detector.record("unix:/gone", true);
  EXPECT_FALSE(it.detector.ejected("unix:/gone"));
}

TEST(OutlierDetector, SurvivesOptionsThatMakeNoSense) {
  Watched it(2, {.request_volume = -1, .threshold = -1, .base_ejection = 0s, .max_ejected = -5});
  it.calls(0, 1, 0);
  EXPECT_TRUE(it.sweep());
  EXPECT_TRUE(it.sweep());
}

}  // namespace
}  // namespace cpp_lite::policy
