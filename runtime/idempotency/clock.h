// The time of a store: it goes on when the machine is set back, does not believe a jump, and is the
// same for all processes that have the database open.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/idempotency.h>

#include <functional>
#include <optional>
#include <string>

namespace cpp_lite::idempotency {

// Both clocks of the machine. Injected, so that tests turn them.
struct Clocks {
  std::function<Time()> wall;
  // Since the machine was started, its sleep included; never set by anybody.
  std::function<Milliseconds()> steady;
  std::string boot;  // which start of the machine that was
};
CPP_LITE_API Clocks system_clocks();

// What the database remembers: the store's time at an instant, and what the clocks said.
struct ClockState {
  Time time{};
  Milliseconds steady{};
  std::string boot;  // when the wall clock was last believed
  // Added to the wall clock: it was confirmed although the store was ahead of it.
  Milliseconds offset{};
};

// When a record expires while nobody knows the time: later than every time that matters, but not
// what an endless time to live comes to.
inline constexpr Time kSuspended = Time::max() - Milliseconds(1);

// One instant of the store's time.
struct Reading {
  Time now{};
  // Whether records may expire now: the wall clock says the same, to ten minutes.
  bool trusted = true;
  ClockState state{};    // of this instant
  bool notable = false;  // worth writing down
};

// Used by one thread at a time.
//
// The steady clock says how much time has passed since what the database remembers; the wall clock
// corrects that as long as it differs by little. After a new start of the machine nobody knows how
// much has passed: the wall clock is believed as soon as it is not behind.
class CPP_LITE_API StoreClock {
 public:
  explicit StoreClock(Clocks clocks) : clocks_(std::move(clocks)) {}

  // Never less than what it said before, nor than what was remembered.
  Reading read(const ClockState& remembered);
  // What to remember from now on, so that the wall clock is believed.
  ClockState confirm(const ClockState& remembered);

 private:
  struct Expected {
    Time time{};
    bool known = false;  // and not just a lower bound
  };
  Expected expect(const ClockState& remembered, Milliseconds steady) const;

  const Clocks clocks_;
  std::optional<ClockState> last_;
  bool known_ = false;  // last_ is more than a lower bound
};

}  // namespace cpp_lite::idempotency
