// When a call must have ended, and the clock that says what time it is.
#pragma once

#include <cpp_lite/export.h>

#include <chrono>
#include <variant>

namespace cpp_lite {

using SteadyTime = std::chrono::steady_clock::time_point;

// Wants to hear when a clock that does not run by itself has been moved.
class CPP_LITE_API ClockWatcher {
 public:
  // Called on the thread that moved the time, after the move. It only takes note, for instance by
  // waking a thread: the clock may hold its lock, so nothing of the clock may be called from here.
  virtual void on_time_changed() = 0;

 protected:
  ~ClockWatcher() = default;
};

// The runtime's source of time. Monotonic. Thread-safe.
class CPP_LITE_API Clock {
 public:
  virtual SteadyTime now() const = 0;
  // A clock that is moved by hand tells its watchers of each move; one that runs with real time
  // needs neither function, but timers on a loop with a clock of the user's own fire only when it
  // tells. Once unwatch() has returned, no call to the watcher is in progress or will come.
  virtual void watch(ClockWatcher&) {}
  virtual void unwatch(ClockWatcher&) {}
  virtual ~Clock() = default;
};

// std::chrono::steady_clock. Lives until the program ends.
CPP_LITE_API Clock& system_steady_clock();

// The duration that stands for "without end" in method tables.
inline constexpr std::chrono::nanoseconds kUnbounded = std::chrono::nanoseconds::max();

// A bound on a whole call: all its attempts, waiting and reading included. It comes from a duration
// (which starts when the call takes it, on the channel's clock), from a steady_clock time point
// (absolute, so that several calls can share it), or from never(). There is no default and no
// conversion from a plain number, on purpose: `Get(query, 200)` does not say 200 what.
class CPP_LITE_API Deadline {
 public:
  template <typename Rep, typename Period>
  Deadline(std::chrono::duration<Rep, Period> from_now) : when_(saturate(from_now)) {}
  Deadline(SteadyTime when) : when_(when) {}
  // Of another resolution, as `now() + 1.5s` has it.
  template <typename Duration>
  Deadline(std::chrono::time_point<std::chrono::steady_clock, Duration> when)
      : when_(SteadyTime(saturate(when.time_since_epoch()))) {}
  template <typename Duration>
  Deadline(std::chrono::time_point<std::chrono::system_clock, Duration>) = delete;

  // No bound at all. The only way to an unbounded call, and easy to find in a review.
  static Deadline never() { return Deadline(kUnbounded); }

  bool is_never() const;
  // The absolute time; SteadyTime::max() for never(). `now` is the start of a relative deadline.
  SteadyTime resolve(SteadyTime now) const;

 private:
  template <typename Rep, typename Period>
  static std::chrono::nanoseconds saturate(std::chrono::duration<Rep, Period> d) {
    using Seconds = std::chrono::duration<double>;
    if (std::chrono::duration_cast<Seconds>(d) >= std::chrono::duration_cast<Seconds>(kUnbounded)) {
      return kUnbounded;
    }
    if (std::chrono::duration_cast<Seconds>(d) <=
        -std::chrono::duration_cast<Seconds>(kUnbounded)) {
      return std::chrono::nanoseconds::min();
    }
    return std::chrono::ceil<std::chrono::nanoseconds>(d);
  }

  std::variant<std::chrono::nanoseconds, SteadyTime> when_;
};

}  // namespace cpp_lite
