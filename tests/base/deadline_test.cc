#include <cpp_lite/deadline.h>
#include <cpp_lite/method.h>
#include <gtest/gtest.h>

#include <type_traits>

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kNow{1000s};

static_assert(!std::is_default_constructible_v<Deadline>);
static_assert(!std::is_convertible_v<int, Deadline>);
static_assert(!std::is_constructible_v<Deadline, long>);
static_assert(!std::is_constructible_v<Deadline, double>);
static_assert(!std::is_constructible_v<Deadline, std::chrono::system_clock::time_point>);

TEST(Deadline, OfADurationStartsWhenItIsResolved) {
  const Deadline deadline = 3s;
  EXPECT_EQ(deadline.resolve(kNow), kNow + 3s);
  EXPECT_EQ(deadline.resolve(kNow + 1s), kNow + 4s);
}

TEST(Deadline, OfATimePointStaysWhereItIs) {
  const Deadline deadline = kNow + 3s;
  EXPECT_EQ(deadline.resolve(kNow), kNow + 3s);
  EXPECT_EQ(deadline.resolve(kNow + 5s), kNow + 3s);
}

TEST(Deadline, NeverIsTheEndOfTime) {
  EXPECT_TRUE(Deadline::never().is_never());
  EXPECT_EQ(Deadline::never().resolve(kNow), SteadyTime::max());
  EXPECT_TRUE(Deadline(kUnbounded).is_never());
  EXPECT_TRUE(Deadline(SteadyTime::max()).is_never());
  EXPECT_FALSE(Deadline(1h).is_never());
}

TEST(Deadline, DurationsBeyondTheClockSaturate) {
  EXPECT_TRUE(Deadline(std::chrono::hours::max()).is_never());
  EXPECT_EQ(Deadline(kUnbounded - 1ns).resolve(kNow), SteadyTime::max());
  EXPECT_EQ(Deadline(std::chrono::hours::min()).resolve(SteadyTime(-1000s)), SteadyTime::min());
}

TEST(Deadline, NegativeDurationsLieInThePast) { EXPECT_EQ(Deadline(-1s).resolve(kNow), kNow - 1s); }

TEST(Deadline, FractionsAreRoundedUp) {
  using Picoseconds = std::chrono::duration<long long, std::pico>;
  EXPECT_EQ(Deadline(Picoseconds(1)).resolve(kNow), kNow + 1ns);
  EXPECT_EQ(Deadline(0.5s).resolve(kNow), kNow + 500ms);
}

TEST(Deadline, TimePointsOfAnyResolutionAreRoundedUp) {
  const Deadline fraction = kNow + 1.5s;
  EXPECT_EQ(fraction.resolve(kNow + 1s), kNow + 1500ms);
  const Deadline coarse = std::chrono::time_point_cast<std::chrono::hours>(kNow + 1h);
  EXPECT_EQ(coarse.resolve(kNow), SteadyTime(1h));
  const Deadline fine = kNow + std::chrono::duration<long long, std::pico>(1);
  EXPECT_EQ(fine.resolve(kNow), kNow + 1ns);
}

TEST(Deadline, TimePointsBeyondTheClockSaturate) {
  using Hours = std::chrono::time_point<std::chrono::steady_clock, std::chrono::hours>;
  EXPECT_TRUE(Deadline(Hours::max()).is_never());
  EXPECT_EQ(Deadline(Hours::min()).resolve(kNow), SteadyTime::min());
}

TEST(SystemSteadyClock, NeverGoesBack) {
  const SteadyTime first = system_steady_clock().now();
  EXPECT_LE(first, system_steady_clock().now());
}

TEST(Method, IsUnaryWhenNeitherSideStreams) {
  EXPECT_TRUE(Method{.path = "/a/B"}.unary());
  EXPECT_FALSE((Method{.path = "/a/B", .client_streams = true}.unary()));
  EXPECT_FALSE((Method{.path = "/a/B", .server_streams = true}.unary()));
}

}  // namespace
}  // namespace cpp_lite
