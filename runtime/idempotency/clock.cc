#include "idempotency/clock.h"

#include <algorithm>
#include <chrono>

namespace cpp_lite::idempotency {
namespace {

constexpr Milliseconds kTolerance = std::chrono::minutes(10);
// So far the time may go back when the machine stops: nothing is judged to the second.
constexpr Milliseconds kWriteDown = std::chrono::seconds(1);

Time after(const ClockState& then, Milliseconds steady) {
  return then.time + std::max(steady - then.steady, Milliseconds::zero());
}

}  // namespace

StoreClock::Expected StoreClock::expect(const ClockState& remembered, Milliseconds steady) const {
  Expected expected{remembered.time, remembered.boot == clocks_.boot};
  if (expected.known) expected.time = after(remembered, steady);
  if (last_) {
    expected.time = std::max(expected.time, after(*last_, steady));
    expected.known = expected.known || known_;
  }
  return expected;
}

Reading StoreClock::read(const ClockState& remembered) {
  const Milliseconds steady = clocks_.steady();
  const Time wall = clocks_.wall();
  const Expected expected = expect(remembered, steady);
  const auto believable = [&](Time time) {
    const Milliseconds ahead = time - expected.time;
    return ahead >= -kTolerance && (ahead <= kTolerance || !expected.known);
  };
  Reading reading;
  reading.state = {expected.time, steady, clocks_.boot, remembered.offset};
  known_ = true;
  if (believable(wall)) {
    reading.state.time = std::max(expected.time, wall);
    reading.state.offset = Milliseconds::zero();
  } else if (believable(wall + remembered.offset)) {
    reading.state.time = std::max(expected.time, wall + remembered.offset);
  } else {
    reading.trusted = false;
    known_ = expected.known;
    if (!known_) reading.state.boot = remembered.boot;
  }
  reading.now = reading.state.time;
  reading.notable = remembered.boot != reading.state.boot ||
                    remembered.offset != reading.state.offset ||
                    reading.now - remembered.time >= kWriteDown;
  last_ = reading.state;
  return reading;
}

ClockState StoreClock::confirm(const ClockState& remembered) {
  const Milliseconds steady = clocks_.steady();
  const Time wall = clocks_.wall();
  const Time expected = expect(remembered, steady).time;
  known_ = true;
  last_ = {std::max(expected, wall), steady, clocks_.boot,
           std::max(expected - wall, Milliseconds::zero())};
  return *last_;
}

}  // namespace cpp_lite::idempotency
