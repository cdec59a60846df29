#include "idempotency/clock.h"

#include <gtest/gtest.h>

#include <chrono>

namespace cpp_lite::idempotency {
namespace {

using namespace std::chrono_literals;

// A machine whose clocks are turned by hand, and what its database remembers.
struct Machine {
  Time wall{1'000'000h};
  Milliseconds steady{5s};
  std::string boot = "first";
  ClockState remembered;

  Clocks clocks() {
    return {[this] { return wall; }, [this] { return steady; }, boot};
  }
  void pass(Milliseconds time) {
    wall += time;
    steady += time;
  }
  Reading read(StoreClock& clock) {
    Reading reading = clock.read(remembered);
    if (reading.notable) remembered = reading.state;
    return reading;
  }
};

class StoreClockTest : public testing::Test {
 protected:
  Reading read() { return machine.read(clock); }

  Machine machine;
  StoreClock clock{machine.clocks()};
};

TEST_F(StoreClockTest, IsTheWallClockAtFirst) {
  const Reading reading = read();
  EXPECT_EQ(reading.now, machine.wall);
  EXPECT_TRUE(reading.trusted);
}

TEST_F(StoreClockTest, FollowsSmallCorrections) {
  read();
  machine.pass(1min);
  machine.wall += 9min;
  EXPECT_EQ(read().now, machine.wall);
}

TEST_F(StoreClockTest, GoesOnWhenTheWallClockIsSetBackALittle) {
  const Time start = read().now;
  machine.pass(1min);
  machine.wall -= 5min;
  const Reading reading = read();
  EXPECT_EQ(reading.now, start + 1min);
  EXPECT_TRUE(reading.trusted);
}

TEST_F(StoreClockTest, GoesOnWithoutTrustWhenSetBackAnHour) {
  const Time start = read().now;
  machine.wall -= 1h;
  machine.pass(1min);
  const Reading reading = read();
  EXPECT_EQ(reading.now, start + 1min);
  EXPECT_FALSE(reading.trusted);
}

TEST_F(StoreClockTest, TrustsAgainWhenTheWallClockAgreesAgain) {
  const Time start = read().now;
  machine.wall += 24h * 365;
  machine.pass(1min);
  EXPECT_FALSE(read().trusted);
  EXPECT_EQ(read().now, start + 1min);
  machine.wall -= 24h * 365;
  machine.pass(1min);
  const Reading reading = read();
  EXPECT_TRUE(reading.trusted);
  EXPECT_EQ(reading.now, start + 2min);
}

TEST_F(StoreClockTest, DoesNotGetUsedToAJump) {
  read();
  machine.wall += 1h;
  for (int i = 0; i < 100; ++i) {
    machine.pass(1min);
    ASSERT_FALSE(read().trusted);
  }
}

TEST_F(StoreClockTest, SeesAJumpThatHappenedWhileTheProcessWasDown) {
  const Time start = read().now;
  machine.pass(10s);
  machine.wall += 1h;
  StoreClock another(machine.clocks());
  const Reading reading = machine.read(another);
  EXPECT_FALSE(reading.trusted);
  EXPECT_EQ(reading.now, start + 10s);
}

TEST_F(StoreClockTest, BelievesTheWallClockAfterTheMachineWasOff) {
  read();
  machine.boot = "second";
  machine.steady = 1s;
  machine.wall += 48h;
  StoreClock another(machine.clocks());
  const Reading reading = machine.read(another);
  EXPECT_TRUE(reading.trusted);
  EXPECT_EQ(reading.now, machine.wall);
}

TEST_F(StoreClockTest, WaitsForAWallClockThatStartedInThePast) {
  const Time start = read().now;
  machine.boot = "second";
  machine.steady = 1s;
  machine.wall = Time(0s);
  StoreClock another(machine.clocks());
  EXPECT_EQ(machine.read(another).now, start);
  machine.pass(1min);
  EXPECT_EQ(machine.read(another).now, start + 1min);
  EXPECT_FALSE(machine.read(another).trusted);
  machine.wall = start + 48h;  // the network told
  EXPECT_EQ(machine.read(another).now, machine.wall);
  EXPECT_TRUE(machine.read(another).trusted);
}

TEST_F(StoreClockTest, NeverGoesBackBelowWhatWasRemembered) {
  machine.remembered = {machine.wall + 5min, machine.steady, machine.boot, 0ms};
  EXPECT_EQ(read().now, machine.wall + 5min);
}

TEST_F(StoreClockTest, WritesItselfDownOnceASecond) {
  EXPECT_TRUE(read().notable);
  machine.pass(999ms);
  EXPECT_FALSE(read().notable);
  machine.pass(1ms);
  EXPECT_TRUE(read().notable);
}

TEST_F(StoreClockTest, AJumpAheadIsTheTimeOnceItIsConfirmed) {
  read();
  machine.wall += 1h;
  EXPECT_FALSE(read().trusted);
  StoreClock of_the_tool(machine.clocks());
  machine.remembered = of_the_tool.confirm(machine.remembered);
  EXPECT_TRUE(read().trusted);
  EXPECT_EQ(read().now, machine.wall);
}

TEST_F(StoreClockTest, StaysAheadOfAClockThatWasConfirmedBack) {
  const Time start = read().now;
  machine.wall -= 1h;
  EXPECT_FALSE(read().trusted);
  StoreClock of_the_tool(machine.clocks());
  machine.remembered = of_the_tool.confirm(machine.remembered);
  machine.pass(1min);
  EXPECT_TRUE(read().trusted);
  EXPECT_EQ(read().now, start + 1min);
  machine.wall += 1h;  // and then it is put right
  EXPECT_TRUE(read().trusted);
  EXPECT_EQ(read().now, start + 1min);
}

}  // namespace
}  // namespace cpp_lite::idempotency
