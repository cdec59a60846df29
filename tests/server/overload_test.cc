#include "server/overload.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace cpp_lite::server {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

const SteadyTime kStart{1h};

TEST(Overload, TurnsAwayWithThePromiseThatNothingWasExecuted) {
  Overload overload([] { return 0.5; });
  const Status status = overload.refuse(kStart);
  EXPECT_EQ(status.code(), Code::unavailable);
  EXPECT_TRUE(status.is_not_executed());
  EXPECT_EQ(status.pushback(), 550ms);
}

TEST(Overload, SpreadsThePausesOverAHundredToAThousandMilliseconds) {
  EXPECT_EQ(Overload([] { return 0.0; }).refuse(kStart).pushback(), 100ms);
  EXPECT_EQ(Overload([] { return 0.9999999; }).refuse(kStart).pushback(), 1000ms);
  Overload overload;
  milliseconds least = 1h, most = 0ms;
  for (int i = 0; i < 1000; ++i) {
    const milliseconds pause = overload.refuse(kStart).pushback().value();
    least = std::min(least, pause);
    most = std::max(most, pause);
  }
  EXPECT_GE(least, 100ms);
  EXPECT_LE(most, 1000ms);
  EXPECT_GT(most - least, 500ms);
}

// Refuses a call every `step` for `length`; what the last one was told.
std::optional<milliseconds> after(Overload& overload, SteadyTime from, milliseconds step,
                                  milliseconds length) {
  std::optional<milliseconds> told;
  for (milliseconds at = 0ms; at <= length; at += step)
    told = overload.refuse(from + at).pushback();
  return told;
}

TEST(Overload, ThatLastsOverTenSecondsSaysNotToComeBack) {
  Overload overload([] { return 0.0; });
  EXPECT_EQ(after(overload, kStart, 500ms, 10s), 100ms);
  EXPECT_EQ(overload.refuse(kStart + 10s + 1ms).pushback(), -1ms);
  EXPECT_EQ(overload.refuse(kStart + 10s + 900ms).pushback(), -1ms);
}

TEST(Overload, IsOverAfterASecondWithoutRefusals) {
  Overload overload([] { return 0.0; });
  EXPECT_EQ(after(overload, kStart, 500ms, 20s), -1ms);
  EXPECT_EQ(overload.refuse(kStart + 21s).pushback(), 100ms);
  EXPECT_EQ(after(overload, kStart + 22s, 999ms, 9s), 100ms);
}

TEST(Overload, OfSingleRefusalsNowAndThenIsNotSustained) {
  Overload overload([] { return 0.0; });
  EXPECT_EQ(after(overload, kStart, 1s, 100s), 100ms);
}

TEST(Waiting, IsTooLongWhenItExceedsHalfOfWhatIsLeft) {
  EXPECT_FALSE(waited_too_long(kStart, kStart, kStart + 9s));
  EXPECT_FALSE(waited_too_long(kStart, kStart + 3s, kStart + 9s));
  EXPECT_TRUE(waited_too_long(kStart, kStart + 3s + 1ns, kStart + 9s));
  EXPECT_TRUE(waited_too_long(kStart, kStart + 9s, kStart + 9s));
}

TEST(Waiting, WithoutADeadlineIsNeverTooLong) {
  EXPECT_FALSE(waited_too_long(kStart, kStart + 1000h, SteadyTime::max()));
}

}  // namespace
}  // namespace cpp_lite::server
