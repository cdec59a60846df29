// The percentile of a method's recent latencies: docs/rules.md, "Hedges".
#include <gtest/gtest.h>

#include "policy/latency_window.h"

namespace cpp_lite::policy {
namespace {

using namespace std::chrono_literals;

LatencyWindow of(int first, int last) {
  LatencyWindow window;
  for (int i = first; i <= last; ++i) window.add(std::chrono::milliseconds(i));
  return window;
}

TEST(LatencyWindow, SaysNothingBeforeThereAreEnough) {
  EXPECT_EQ(LatencyWindow().percentile(0.95), std::nullopt);
  EXPECT_EQ(of(1, 19).percentile(0.95), std::nullopt);
  EXPECT_EQ(of(1, 20).percentile(0.95), 19ms);
}

TEST(LatencyWindow, NamesTheNearestRank) {
  const LatencyWindow window = of(1, 100);
  EXPECT_EQ(window.percentile(0.95), 95ms);
  EXPECT_EQ(window.percentile(0.951), 96ms);
  EXPECT_EQ(window.percentile(0.5), 50ms);
  EXPECT_EQ(window.percentile(0.001), 1ms);
  EXPECT_EQ(window.percentile(0.9999), 100ms);
}

TEST(LatencyWindow, DoesNotCareInWhichOrderTheyCame) {
  LatencyWindow window;
  for (int i = 100; i >= 1; --i) window.add(std::chrono::milliseconds(i));
  EXPECT_EQ(window.percentile(0.95), 95ms);
}

TEST(LatencyWindow, ForgetsTheOldest) {
  LatencyWindow window = of(1, 200);
  EXPECT_EQ(window.percentile(0.5), 100ms);
  for (int i = 0; i < 100; ++i) window.add(1s);
  EXPECT_EQ(window.percentile(0.5), 200ms) << "101 to 200 are left, and a hundred seconds";
  for (int i = 0; i < 100; ++i) window.add(1s);
  EXPECT_EQ(window.percentile(0.001), 1s);
}

}  // namespace
}  // namespace cpp_lite::policy
